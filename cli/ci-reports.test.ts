import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalogueFolder } from '../litmus/catalogue.js'
import { kcidbSchema } from '../report/ci/kcidb.js'
import { run } from './program.js'
import { runBuilt } from './testing/built.js'
import { fakeIo } from './testing/fake-io.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-ci-'))
const at = (name: string) => join(folder, name)

async function ran(...words: readonly string[]) {
  const io = fakeIo()
  const status = await run(words, io)
  return { status, ...io.said() }
}

const reports = (name: string): string[] => [
  ...['--junit', at(`${name}.xml`), '--ktap', at(`${name}.ktap`)],
  ...['--kcidb', at(`${name}.json`), '--kcidb-build', 'myci:build-17'],
]
const read = (name: string) => readFileSync(at(name), 'utf8')
const statusesOf = (name: string) => kcidbSchema.parse(JSON.parse(read(name))).tests.map(({ status }) => status)

const small = ['--configuration', 'plain', '--runs', '300', '--jobs', '0', '--save', at('traces')]

describe('reports for a CI', () => {
  test('of check have a failure with its counterexample, and the exit status stays', async () => {
    const { status } = await ran(
      'check',
      'on-demand-superpage',
      '--property',
      'no-shared-fault',
      '--scope',
      'backing=separate',
      ...small,
      ...reports('check'),
    )
    expect(status).toBe(1)
    expect(read('check.xml')).toMatch(
      /<testsuites name="dmaproof check" tests="1" failures="1" errors="0" skipped="0">/,
    )
    expect(read('check.xml')).toContain('replay: dmaproof replay ')
    expect(read('check.ktap')).toMatch(/^ {2}not ok 1 no-shared-fault$/m)
    expect(statusesOf('check.json')).toEqual(['FAIL'])
  })

  test('of check tell a pass that says nothing as an error, not as a failure', async () => {
    const vacuous = ['--property', 'entry-limit', '--scope', 'pages=2,backing=separate', '--runs', '1', '--length', '1']
    const { status } = await ran('check', 'pin-all', ...small, ...vacuous, ...reports('vacuous'))
    expect(status).toBe(3)
    expect(statusesOf('vacuous.json')).toEqual(['ERROR'])
    expect(read('vacuous.xml')).toContain('failures="0" errors="1"')
    expect(read('vacuous.ktap')).toContain('# ERROR vacuous: ')
  })

  test('of explore and compare have a case a verdict', { tags: 'long', timeout: 60_000 }, async () => {
    const asked = [
      '--property',
      'no-stale-frame',
      '--scope',
      'pages=2,vcpus=1,backing=separate',
      '--save',
      at('traces'),
    ]
    const words = ['explore', 'on-demand-4k', ...asked, ...reports('explore')]
    // The built command, since its threads are built files too.
    expect((await runBuilt(folder, words)).status).toBe(0)
    expect(statusesOf('explore.json').every((status) => status === 'PASS')).toBe(true)
    const drawn = ['--random', '--runs', '1', '--jobs', '0', '--design', 'deferred-flush', '--json']
    const { out } = await ran('compare', ...drawn, '--save', at('traces'), ...reports('compare'))
    const said = (JSON.parse(out) as { verdict: string }[]).map(({ verdict }) => verdict)
    const means: Readonly<Record<string, string>> = {
      violated: 'FAIL',
      'none-found': 'PASS',
      vacuous: 'ERROR',
      'not-applicable': 'SKIP',
    }
    expect(statusesOf('compare.json')).toEqual(said.map((verdict) => means[verdict]))
  })

  test('of litmus tell a test that differs from a file that is none', async () => {
    const [good, bad] = [join(catalogueFolder, 'accept-twice.litmus'), at('none.litmus')]
    const { status } = await ran('litmus', good, bad, ...reports('litmus'))
    expect(status).toBe(2)
    expect(statusesOf('litmus.json')).toEqual(['PASS', 'ERROR'])
  })

  test('of replay tell a violation that is there again from a run without one, and from no trace', async () => {
    const saved = at('replayed')
    const violation = ['--property', 'no-private-reach', '--scope', 'backing=in-place', '--driver', 'type1v2']
    await ran('check', 'pin-all', ...small, ...violation, '--save', saved)
    const [name = ''] = readdirSync(saved)
    const [bad, mended] = [join(saved, name), at('mended.ndjson')]
    const [header = '', ...steps] = readFileSync(bad, 'utf8').trimEnd().split('\n')
    const { continuation: _, ...first } = { ...JSON.parse(header), steps: 1 }
    writeFileSync(mended, `${JSON.stringify(first)}\n${steps[0]}\n`)
    const { status } = await ran('replay', bad, mended, at('nowhere.ndjson'), ...reports('replay'))
    expect([status, statusesOf('replay.json')]).toEqual([2, ['FAIL', 'PASS', 'ERROR']])
    expect(read('replay.xml')).toMatch(/tests="3" failures="1" errors="1" skipped="0"/)
    expect(read('replay.ktap')).toMatch(/not ok 1 no-private-reach \(\S+\)$/m)
    const alone = await ran('replay', bad, '--kcidb', at('x.json'))
    expect([alone.status, alone.err]).toEqual([2, expect.stringContaining('add --kcidb-build ORIGIN:ID')])
  })

  test('of replay have the replies of an implementation, and the one that the model does not allow', {
    tags: 'long',
  }, async () => {
    const target = `python3 ${resolve('examples/page_table.py')}`
    const save = at('transcripts')
    await ran('conform', `${target} wrong-cursor`, '--interface', 'page-table', '--runs', '200', '--save', save)
    const [name = ''] = readdirSync(save)
    const { status } = await ran('replay', join(save, name), ...reports('replies'))
    expect([status, statusesOf('replies.json')]).toEqual([1, ['FAIL']])
    await ran('replay', join(save, name), '--on', target, ...reports('right'))
    expect(statusesOf('right.json')).toEqual(['PASS'])
    expect(read('replies.xml')).toContain('message="diverges: ')
  })

  test('that cannot be written are told, and the status says so', async () => {
    const { status, err } = await ran(
      'litmus',
      join(catalogueFolder, 'accept-twice.litmus'),
      '--ktap',
      '/proc/nowhere/x',
    )
    expect([status, err]).toEqual([2, expect.stringContaining('/proc/nowhere/x: the report could not be written')])
  })

  test('for KernelCI need a build, in its own form', async () => {
    const alone = await ran('check', 'pin-all', '--kcidb', at('x.json'))
    expect([alone.status, alone.err]).toEqual([2, expect.stringContaining('add --kcidb-build ORIGIN:ID')])
    const wrong = await ran('check', 'pin-all', '--kcidb', at('x.json'), '--kcidb-build', 'build 17')
    expect([wrong.status, wrong.err]).toEqual([2, expect.stringContaining('expected ORIGIN:ID')])
  })
})
