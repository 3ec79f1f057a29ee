import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { platformFieldNames } from '../model/machine/platform.js'
import { replaySchema } from '../report/json/replay.js'
import { checkSchema, compareSchema } from '../report/json/verdicts.js'
import { golden } from '../report/testing/golden.js'
import { temporaryPath } from '../search/archive/save.js'
import { configurations } from '../search/check/configurations.js'
import { readTrace } from '../search/trace.js'
import { assemble, commandNames, run } from './program.js'
import { fakeIo } from './testing/fake-io.js'

const folder = () => mkdtempSync(join(tmpdir(), 'dmaproof-'))

async function ran(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const io = fakeIo()
  const status = await run(words, io)
  return { status, ...io.said() }
}

/** Two searches that need no luck: one that finds at once, one that finds nothing. */
const violated = ['check', 'pin-all', '--property', 'no-stale-frame', '--scope', 'backing=separate', '--jobs', '0']
const plain = ['--configuration', 'plain', '--jobs', '0']
const clean = ['check', 'on-demand-4k', '--property', 'no-stale-frame', '--runs', '200', ...plain]

async function savedIn(save: string): Promise<string> {
  await ran(...violated, '--save', save)
  return join(save, readdirSync(save)[0] ?? '')
}

test('each command has a module of its own, so that a line imports no other', { tags: 'long' }, async () => {
  for (const name of commandNames) {
    const { commands } = await assemble(fakeIo(), () => undefined, [name])
    expect(commands[0]?.name()).toBe(name)
    expect(commands.slice(1).map((command) => command.name())).toEqual(name === 'completion' ? ['complete'] : [])
  }
  const help = (await ran('--help')).out
  expect(commandNames.filter((name) => !help.includes(`\n  ${name} `))).toEqual([])
})

test('check ends with 0 if nothing is found, with 1 and a saved counterexample if something is', async () => {
  const save = folder()
  expect(await ran(...clean, '--save', save)).toMatchObject({ status: 0, err: '' })
  expect(readdirSync(save)).toEqual([])
  const found = await ran(...violated, '--save', save)
  expect(found).toMatchObject({ status: 1, err: '' })
  const [name] = readdirSync(save)
  expect(found.out).toContain(`replay: dmaproof replay ${join(save, name ?? '')}`)
})

test('check ends with 3 if a property was never tested', async () => {
  const nothingIsEverShared = ['--scope', 'start=private,entryLimit=0,backing=separate']
  const words = ['check', 'on-demand-4k', '--property', 'no-shared-fault', ...nothingIsEverShared]
  const { status, out } = await ran(...words, '--runs', '20', ...plain, '--save', folder())
  expect(status).toBe(3)
  expect(out).toContain('∅ no-shared-fault      vacuous')
})

test('the same seed finds the same, and what was found is tried first the next time', async () => {
  const [one, two] = [folder(), folder()]
  const first = await ran(...violated, '--save', one)
  const second = await ran(...violated, '--save', two)
  expect(second.out.replaceAll(two, one)).toBe(first.out)
  const again = await ran(...violated, '--save', one, '--seed', '77')
  expect(again.status).toBe(1)
  expect(again.out).toContain('(found before, and there again)')
  expect(readdirSync(one)).toHaveLength(1)
  expect((await ran(...violated, '--save', one, '--fresh')).out).toBe(first.out)
})

test('check looks in other configurations for what the plain machine does not show, and names them', async () => {
  const words = ['check', 'attributes-first', '--property', 'single-backing', '--scope', 'backing=separate']
  const { status, out } = await ran(
    ...words,
    '--configuration',
    'plain,failure',
    '--runs',
    '100',
    '--jobs',
    '0',
    '--save',
    folder(),
  )
  expect(status).toBe(1)
  expect(out).toContain('attributes-first · iommufd · separate · tdx-2021-reading\n4 pages in 2 superpages, 2 vCPUs')
  expect(out).toMatch(/single-backing {7}violated in \d+ actions in configuration "failure" \(.*1 failure injected\):/)
  expect(out).toContain(
    `  ${configurations.length - 2} of ${configurations.length} configurations (without --configuration)`,
  )
  expect(out).toMatch(/;\n {2}platforms tdx-2026-reading, .* \(--platform\)\n$/)
})

test('check --json keeps to its schema', async () => {
  const save = folder()
  const { status, out } = await ran(...violated, '--json', '--save', save)
  expect(status).toBe(1)
  const [row] = checkSchema.parse(JSON.parse(out))
  expect(row).toMatchObject({ property: 'no-stale-frame', verdict: 'violated', lock: 'vm', parts: [], seed: 1 })
  expect(readTrace(readFileSync(row?.trace ?? '', 'utf8')).ok).toBe(true)
})

test.each([
  ['--random', '--runs', '1'],
  ['--states', '500'],
])('compare --json keeps to its schema, whatever it found: %s', async (...how) => {
  const words = [...how, '--design', 'pin-all', '--jobs', '0', '--json', '--save', folder()]
  const { status, out } = await ran('compare', ...words)
  expect([0, 3]).toContain(status)
  expect(compareSchema.parse(JSON.parse(out)).length).toBeGreaterThan(250)
})

test('a folder that cannot be written: the trace is printed whole, and the violation decides the status', async () => {
  const save = join(folder(), 'file')
  writeFileSync(save, '')
  const { status, out, err } = await ran(...violated, '--save', save)
  expect(status).toBe(1)
  expect(err).toContain('found a file where a folder was expected (ENOTDIR); name another place; nothing is lost')
  const text = out.slice(out.indexOf('{"dmaproof"'), out.lastIndexOf('}') + 1)
  expect(readTrace(text).ok).toBe(true)
})

test.skipIf(!existsSync('/dev/full'))(
  'a full disk: one message, the trace is printed whole, --json stays JSON',
  async () => {
    const [name = ''] = [await savedIn(folder())].map((path) => path.split('/').at(-1) ?? '')
    const save = folder()
    symlinkSync('/dev/full', temporaryPath(join(save, name)))
    const { status, out, err } = await ran(...violated, '--json', '--save', save)
    expect(status).toBe(1)
    expect(err).toContain('the disk is full (ENOSPC); make room, or name another place; nothing is lost: in full below')
    expect(checkSchema.parse(JSON.parse(out))[0]?.trace).toBeNull()
    expect(readTrace(err.slice(err.indexOf('{'))).ok).toBe(true)
  },
)

test('replay takes a trace once more: 1 and columns if it violates', async () => {
  const { status, out } = await ran('replay', await savedIn(folder()))
  expect(status).toBe(1)
  expect(out).toContain('  shmem.punch-hole gfn=')
  expect(out).toContain('  no-stale-frame: page')
})

test('replay of a trace that violates nothing says so, with 0', async () => {
  const path = await savedIn(folder())
  const lines = readFileSync(path, 'utf8').split('\n')
  writeFileSync(path, `${[lines[0]?.replace('"steps":4', '"steps":1'), lines[1]].join('\n')}\n`)
  const { status, out } = await ran('replay', path)
  expect(status).toBe(0)
  expect(out).toContain('This 1 action does not violate no-stale-frame in this model.')
})

test('replay --json keeps to its schema: what was taken, what is broken, how much of the file is left', async () => {
  const path = await savedIn(folder())
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const again = async () => {
    const { status, out } = await ran('replay', path, '--json')
    return { status, ...replaySchema.parse(JSON.parse(out)) }
  }
  const found = { kind: 'trace', file: path, property: 'no-stale-frame' }
  expect(await again()).toMatchObject({ status: 1, ...found, violated: true, rule: expect.any(String), left: 0 })
  const more = '{"action":{"kind":"dma.issue","device":0,"gfn":1,"access":"write","half":"mapped"},"outcome":"ok"}'
  writeFileSync(path, `${[lines[0]?.replace('"steps":4', '"steps":5'), ...lines.slice(1), more].join('\n')}\n`)
  expect(await again()).toMatchObject({ status: 1, violated: true, left: 1 })
  writeFileSync(path, `${[lines[0]?.replace('"steps":4', '"steps":1'), lines[1]].join('\n')}\n`)
  expect(await again()).toMatchObject({ status: 0, ...found, violated: false, why: null, rule: null, left: 0 })
})

test('replay of several files has a line for each, or an object, and the status of the worst', async () => {
  const path = await savedIn(folder())
  const lines = readFileSync(path, 'utf8').split('\n')
  const clean = join(folder(), 'clean.ndjson')
  writeFileSync(clean, `${[lines[0]?.replace('"steps":4', '"steps":1'), lines[1]].join('\n')}\n`)
  const { status, out, err } = await ran('replay', clean, path)
  expect({ status, err }).toEqual({ status: 1, err: '' })
  expect(out.trimEnd().split('\n')).toEqual([
    `${clean}: no-stale-frame is not violated in 1 action`,
    expect.stringMatching(/ndjson: no-stale-frame is violated in 4 actions: page \d .* \[[a-z.]+\/[a-z-]+\]$/),
  ])
  const objects = (await ran('replay', path, clean, '--json')).out.trimEnd().split('\n')
  expect(objects.map((line) => replaySchema.parse(JSON.parse(line)).file)).toEqual([path, clean])
  const broken = await ran('replay', path, '/nowhere.ndjson', clean)
  expect([broken.status, broken.out.trimEnd().split('\n').length]).toEqual([2, 2])
  expect(broken.err).toContain('dmaproof: /nowhere.ndjson: ')
  expect(await ran('replay', clean, path, '--format', 'mermaid')).toMatchObject({ status: 2, out: '' })
})

test('minimise leaves out what is not needed, and what is not enabled', async () => {
  const path = await savedIn(folder())
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const idle = '{"action":{"kind":"dma.issue","device":0,"gfn":1,"access":"write","half":"mapped"},"outcome":"ok"}'
  const never = '{"action":{"kind":"dma.complete","device":0},"outcome":"ok"}'
  const longer = [lines[0]?.replace('"steps":4', '"steps":6'), idle, never, ...lines.slice(1)]
  const input = join(folder(), 'long.ndjson')
  writeFileSync(input, `${longer.join('\n')}\n`)
  const { status, out, err } = await ran('minimise', input)
  expect({ status, err: err.replace(/in \d+ runs/, 'in N runs') }).toEqual({
    status: 0,
    err: '6 → 4 actions, in N runs\n',
  })
  expect(readTrace(out)).toMatchObject({ ok: true, value: { header: { steps: 4 } } })
  const output = join(folder(), 'short.ndjson')
  expect((await ran('minimise', input, '-o', output)).out).toContain('  no-stale-frame: page')
  expect(readFileSync(output, 'utf8')).toBe(out)
})

test('minimise to a place that cannot be written prints the trace', async () => {
  const path = await savedIn(folder())
  const output = join(folder(), 'a-folder')
  mkdirSync(output)
  const { status, out, err } = await ran('minimise', path, '-o', output)
  expect(status).toBe(2)
  expect(err).toContain('the trace could not be written')
  expect(readTrace(out).ok).toBe(true)
})

test('list prints one name a line', async () => {
  const { status, out } = await ran('list', 'properties')
  expect(status).toBe(0)
  expect(out).toBe(golden(new URL('golden/list-properties.txt', import.meta.url), out))
})

test.each(['designs', 'rules', 'platforms'])('list %s prints something', async (what) => {
  expect((await ran('list', what)).out.split('\n').length).toBeGreaterThan(4)
})

test('explain of a rule names its source, its place and who rests on it', async () => {
  const { out } = await ran('explain', 'tdx.dma/private-key-id')
  expect(out).toBe(golden(new URL('golden/explain-rule.txt', import.meta.url), out))
})

test.each([
  ['no-stale-frame', 'rules on which it rests'],
  ['on-demand-superpage', 'call unmap on hull'],
  ['drain', '### Does a completed invalidation'],
  ['entryLimit', 'default  65535'],
  ['secureEpt', 'needed   by private-integrity, sept-protocol'],
  ['linux-7.2', 'replaceHitless         false'],
  ['vfio.map-dma', 'ENOSPC: vfio.map/'],
  ['vfio.map/memlock', 'litmus tests of public reports that name it\n    memlock-type1\n'],
])('explain knows %s', async (name, words) => {
  const { status, out } = await ran('explain', name)
  expect(status).toBe(0)
  expect(out).toContain(words)
})

test('what explain prints keeps to the columns of a mail: rules, plans, and the questions behind fields', async () => {
  const words = ['vfio.unmap/bisects', 'iommufd', 'attributes-first', 'no-stale-frame', ...platformFieldNames]
  const io = fakeIo({ isTerminal: false })
  for (const word of words) await run(['explain', word], io)
  const wide = io
    .said()
    .out.split('\n')
    .filter((line) => line.length > 72)
  expect(wide.filter((line) => line.trim().includes(' '))).toEqual([])
})

test.each(['check', 'compare', 'replay', 'minimise', 'view', 'export', 'list', 'explain'])(
  '%s --help has an example',
  async (command) => {
    const { status, out } = await ran(command, '--help')
    expect(status).toBe(0)
    expect(out).toMatch(/Examples?:\n {2}dmaproof /)
  },
)

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  expect(await ran('--version')).toEqual({ status: 0, out: `${version}\n`, err: '' })
})

test('an internal error is one message and 70, with a stack only for who asks', async () => {
  const broken = (debug: boolean) => {
    const io = fakeIo({ debug })
    const out = () => {
      throw new Error('boom')
    }
    return { said: io.said, io: { ...io, out } }
  }
  const quiet = broken(false)
  expect(await run(['list', 'designs'], quiet.io)).toBe(70)
  expect(quiet.said().err).toMatch(/^dmaproof: this is a bug of dmaproof, not of yours: Error: boom\n {2}Please report/)
  expect(quiet.said().err).not.toContain('    at ')
  const loud = broken(true)
  await run(['list', 'designs'], loud.io)
  expect(loud.said().err).toContain('    at ')
})
