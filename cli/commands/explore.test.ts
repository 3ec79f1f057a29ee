import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { runBuilt } from '../testing/built.js'
import { onOneLine } from '../testing/on-one-line.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmaproof-explore-'))
})

/** Each in the process of the test; `cli/main.test.ts` is about processes. */
const explore = (...words: string[]) => runBuilt(folder, ['explore', ...words])

describe('explore', () => {
  test('prints of b1 exactly verdict, states, transitions, depth and seconds', async () => {
    const { status, out } = await explore('b1', '--scope', 'N=3,V=2,D=2', '--json')
    expect(status).toBe(0)
    const { seconds, ...rest } = JSON.parse(out)
    expect(rest).toEqual({ verdict: 'held', states: 11_301, transitions: 65_196, depth: 17 })
    expect(seconds).toBeGreaterThan(0)
  })

  test('counts the same with two workers', async () => {
    const { out } = await explore('b1', '--scope', 'N=4,V=2,D=2', '--json', '--workers', '2')
    expect(JSON.parse(out)).toMatchObject({ verdict: 'held', states: 90_717, transitions: 594_072, depth: 21 })
  })

  test('walks b1 at random, and prints steps and seconds', async () => {
    const { status, out } = await explore('b1', '--random', '--time', '0.2', '--json')
    expect(status).toBe(0)
    expect(Object.keys(JSON.parse(out))).toEqual(['steps', 'seconds'])
    expect(JSON.parse(out).steps).toBeGreaterThan(0)
  })

  test('ends with 1 where something is violated, and its traces replay', async () => {
    const { status, out } = await explore(
      'pin-all',
      '--scope',
      'pages=2,vcpus=1,backing=in-place',
      '--property',
      'no-stale-frame',
    )
    expect([status, out]).toEqual([1, expect.stringContaining('violated in 3 actions')])
    const [trace] = readdirSync(join(folder, '.dmaproof', 'traces'))
    const again = await runBuilt(folder, ['replay', join('.dmaproof', 'traces', trace ?? '')])
    expect([again.status, again.out]).toEqual([1, expect.stringContaining('no-stale-frame: ')])
  })

  test('finds the conversion that is refused with EAGAIN endlessly, as a path and a loop', async () => {
    const words = ['--scope', 'pages=2,vcpus=1,backing=in-place', '--property', 'conversion-ends']
    const { status, out } = await explore('pin-all', ...words, '--platform', 'tdx-2021-reading inPlacePinCheck=refuse')
    expect([status, out]).toEqual([1, expect.stringMatching(/never ends: actions \d+ to \d+ can repeat forever/)])
  })

  test('is inconclusive at a bound, says what it covered, and continues from there to the same counts', {
    tags: 'long',
  }, async () => {
    const words = ['on-demand-4k', '--scope', 'pages=2', '--property', 'no-stale-frame']
    const cut = await explore(...words, '--states', '2000')
    expect([cut.status, onOneLine(cut.out)]).toEqual([
      3,
      expect.stringContaining('the bound of states or memory was reached'),
    ])
    expect(onOneLine(cut.out)).toContain('with more --memory or --states, the same command with --resume continues')
    expect(onOneLine(cut.out)).toMatch(
      /left open: .*; --memory or --states gives room for more states, --compress .*; --resume/,
    )
    const resumed = await explore(...words, '--resume', '--json')
    const whole = await runBuilt(mkdtempSync(join(tmpdir(), 'dmaproof-whole-')), ['explore', ...words, '--json'])
    const counts = ({ out }: { readonly out: string }) => {
      const { states, transitions, depth, verdict } = JSON.parse(out)
      return { states, transitions, depth, verdict }
    }
    expect(counts(resumed)).toEqual(counts(whole))
    expect(readdirSync(join(folder, '.dmaproof', 'checkpoints'))).toEqual([])
  })

  test('up to symmetry sees fewer states, says of what, and leaves conversion-ends out', { tags: 'long' }, async () => {
    const words = ['on-demand-4k', '--scope', 'pages=1,pagesPerSuperpage=1,vcpus=2,backing=separate', '--symmetry']
    const { status, out } = await explore(...words)
    expect([status, onOneLine(out)]).toEqual([3, expect.stringMatching(/ states up to symmetry of vCPUs, /)])
    expect(onOneLine(out)).toMatch(/symmetry: vCPUs; not devices: there is one/)
    expect(onOneLine(out)).toMatch(/conversion-ends +not-applicable: not judged up to symmetry: a loop among/)
    const { machines, verdict } = JSON.parse((await explore(...words, '--json')).out)
    expect([verdict, machines[0].symmetry]).toEqual(['vacuous', expect.stringMatching(/^vCPUs; /)])
  })

  const held = ['on-demand-4k', '--scope', 'pages=2,vcpus=1,backing=separate', '--property', 'no-stale-frame', '--json']
  const counts = async (...more: string[]) => {
    const { status, out } = await explore(...held, ...more)
    const { states, transitions, depth } = JSON.parse(out)
    return { status, states, transitions, depth }
  }

  test('with --compress finds the same states, by two workers too, and a shortest counterexample', {
    tags: 'long',
  }, async () => {
    expect(await counts('--compress', '--workers', '2')).toEqual(await counts())
    const words = ['--scope', 'pages=2,vcpus=1,backing=in-place', '--property', 'no-stale-frame', '--compress']
    const { status, out } = await explore('pin-all', ...words)
    expect([status, out]).toEqual([1, expect.stringContaining('violated in 3 actions')])
  })

  test.each([
    ['trees', ['--compress'], []],
    ['full states', [], ['--compress']],
  ])('continues a search of %s as it was stored, whatever is asked then', { tags: 'long' }, async (_, first, then) => {
    expect(await counts(...first, '--states', '1000')).toMatchObject({ status: 3, states: 1000 })
    expect(await counts(...then, '--resume')).toEqual(await counts())
  })

  const impossible = 'says of a machine that a rule makes impossible that it is not applicable, beside what it explored'
  test(impossible, { tags: 'long' }, async () => {
    const words = ['--scope', 'pages=2,vcpus=1,pagesPerSuperpage=2', '--property', 'no-shared-fault', '--platform']
    const { status, out } = await explore('on-demand-superpage', ...words, 'linux-7.2')
    expect(status).toBe(1)
    expect(out).toMatch(/no-shared-fault +violated in 7 actions/)
    expect(onOneLine(out)).toMatch(/no-shared-fault +not-applicable: .*\[kvm\.in-place\/not-in-7-2\]/)
    const { machines } = JSON.parse((await explore('on-demand-superpage', ...words, 'linux-7.2', '--json')).out)
    expect(machines.map((one: { states: number }) => one.states > 0)).toEqual([true, false])
    const walked = await explore('on-demand-superpage', '--platform', 'linux-7.2', '--random', '--time', '0.2')
    expect([0, 1]).toContain(walked.status)
  })

  test('prints on stderr the trace that could not be saved, and ends with 1 all the same', async () => {
    const words = ['pin-all', '--scope', 'pages=2,vcpus=1,backing=in-place', '--property', 'no-stale-frame']
    const { status, out, err } = await explore(...words, '--json', '--save', '/proc/none')
    expect([status, JSON.parse(out).machines[0].verdicts[0].trace]).toEqual([1, null])
    expect(err).toContain('nothing is lost: in full below')
    expect(err).toContain('"property":"no-stale-frame"')
  })

  test('says which fields multiply the states', async () => {
    const { out } = await explore(
      'on-demand-4k',
      '--scope',
      'pages=2,vcpus=1',
      '--property',
      'no-stale-frame',
      '--fields',
    )
    expect(out).toMatch(/What multiplies the states/)
    expect(out).toMatch(/reg\.page +× +\d/)
  })
})

describe('explore refuses', () => {
  test.each([
    ['an unknown target', ['on-demand-5k'], /target: unknown name "on-demand-5k"|on-demand-4k/],
    ['a scope of b1 that cannot be', ['b1', '--scope', 'N=0'], /expected N \(pages\) from 1 to 15/],
    ['a scope of b1 with two sizes', ['b1', '--scope', 'N=2,N=3'], /--scope: "N" stands here twice/],
    ['a size that b1 does not have', ['b1', '--scope', 'M=2'], /--scope: no field "M"; there are N, V, D/],
    ['conversion-ends up to symmetry', ['pin-all', '--symmetry', '--property', 'conversion-ends'], /a loop among/],
    ['a size that is none', ['b1', '--memory', 'much'], /expected a size, as in 512M or 8G/],
    ['a scope too large for the memory', ['on-demand-4k', '--memory', '64K'], /fit into 64\.0 KiB; expected room for/],
    [
      'more memory than there is',
      ['on-demand-4k', '--memory', '999999G'],
      /--memory: found .* MiB, expected at most .* MiB/,
    ],
    ['a folder that cannot be made', ['b1', '--checkpoints', '/proc/none'], /--checkpoints \/proc\/none: .*ENOENT/],
    ['a file for a folder', ['b1', '--checkpoints', '/dev/null/x'], /--checkpoints \/dev\/null\/x: found a file/],
  ])('%s', async (_, words, message) => {
    const { status, err } = await explore(...words)
    expect([status, err]).toEqual([2, expect.stringMatching(message)])
  })
})

describe('a checkpoint', { tags: 'long' }, () => {
  const words = ['b1', '--scope', 'N=4,V=2,D=2']
  /** Cuts a search short. @returns where it is kept */
  async function cut(...how: readonly string[]): Promise<string> {
    expect((await explore(...words, ...how)).status).toBe(3)
    const checkpoints = join(folder, '.dmaproof', 'checkpoints')
    const [name = ''] = readdirSync(checkpoints)
    return join(checkpoints, name)
  }
  const statesOf = ({ out }: { readonly out: string }): number => JSON.parse(out).states
  const refused = async () => {
    const { status, err } = await explore(...words, '--resume')
    expect(status).toBe(2)
    return err
  }

  test('that is none is refused', async () => {
    writeFileSync(await cut('--states', '2000'), 'half a file')
    expect(await refused()).toMatch(/not understood; expected a checkpoint of format 9/)
  })

  test('with one bit that is another is refused, wherever that is', async () => {
    const path = await cut('--states', '2000')
    const whole = readFileSync(path)
    for (const at of [16_384 + 4, 16_384 + 100, Math.floor(whole.length / 2), whole.length - 1]) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      writeFileSync(path, damaged)
      expect(await refused()).toMatch(/damaged: its digest is another; expected the file as it was written/)
    }
    writeFileSync(path, whole.subarray(0, whole.length - 1))
    expect(await refused()).toMatch(/not of its length/)
  })

  test('of another machine is refused', async () => {
    const path = await cut('--states', '2000')
    const other = mkdtempSync(join(tmpdir(), 'dmaproof-other-'))
    await runBuilt(other, ['explore', 'b1', '--scope', 'N=3,V=2,D=2', '--states', '2000'])
    const [name = ''] = readdirSync(join(other, '.dmaproof', 'checkpoints'))
    copyFileSync(join(other, '.dmaproof', 'checkpoints', name), path)
    expect(await refused()).toMatch(/the search of another machine/)
  })

  test('continues within the bounds of the command that continues it, and keeps the time', async () => {
    await cut('--states', '2000')
    const more = await explore(...words, '--resume', '--states', '3000', '--json')
    expect([more.status, statesOf(more) > 2000, statesOf(more) <= 3000]).toEqual([3, true, true])
    const less = await explore(...words, '--resume', '--states', '100', '--json')
    expect([less.status, statesOf(less)]).toEqual([3, statesOf(more)])
    expect(JSON.parse(less.out).seconds).toBeGreaterThan(JSON.parse(more.out).seconds)
  })

  test('is not replaced by a shorter search', async () => {
    await cut('--states', '2000')
    const { err } = await explore(...words, '--states', '1500')
    expect(err).toMatch(/a longer search of the same machine is kept there, and stays/)
    expect(statesOf(await explore(...words, '--resume', '--states', '2000', '--json'))).toBe(2000)
  })

  test('that cannot be written is a warning, and the search ends all the same', async () => {
    const path = await cut('--states', '2000')
    mkdirSync(`${path}.tmp`)
    const { status, out, err } = await explore(...words, '--resume', '--every', '0.001', '--json')
    expect([status, statesOf({ out })]).toEqual([0, 90_717])
    expect(err).toMatch(/^\S+ \S+: the search could not be saved: found a folder where a file was expected \S+ .*\n$/)
  })
})
