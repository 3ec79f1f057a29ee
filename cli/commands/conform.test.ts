import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { conformSchema } from '../../report/json/conform.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'

const program = fileURLToPath(new URL('../../examples/page_table.py', import.meta.url))
const right = `python3 ${program}`
const wrong = `${right} wrong-cursor`
const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function dmaproof(...words: readonly string[]) {
  const io = fakeIo()
  const status = await run(words, io)
  return { status, ...io.said() }
}

const ask = (target: string, ...more: readonly string[]) =>
  dmaproof('conform', target, '--interface', 'page-table', '--save', folder, '--runs', '200', ...more)

test('an implementation that conforms ends with 0, and says what was asked', async () => {
  const { status, out } = await ask(right, '--fresh')
  expect(status).toBe(0)
  expect(out).toMatch(
    /page_table\.py on page-table, checked against linux-7\.2: no divergence; \d+ sequences, \d+ calls/,
  )
  expect(out).toMatch(/litmus catalogue: \d+ of \d+ tests can be said on page-table/)
})

describe('an implementation that diverges', () => {
  const junit = join(folder, 'report.xml')

  test('ends with 1, shows the run in columns, and is on disk', async () => {
    const { status, out } = await ask(wrong, '--fresh', '--junit', junit)
    expect(status).toBe(1)
    expect(out).toMatch(/ {2}unmap iovfn=\d/)
    expect(out).toContain('vtd.superpage/unmap-')
    const [name = ''] = readdirSync(folder).filter((one) => one.endsWith('.ndjson'))
    expect(out).toContain(`replay: dmaproof replay ${join(folder, name)} --on '${wrong}'\n`)
    const found = out.match(/^divergence \d+: /gm) ?? []
    expect(found.length).toBeGreaterThan(0)
    expect(readFileSync(junit, 'utf8')).toContain(`failures="${found.length}"`)
  })

  test('is found at once the next time, from what was kept', { tags: 'long' }, async () => {
    const { out } = await ask(wrong, '--runs', '0')
    expect(out).toContain('divergence 1: ')
    expect(out).toContain('.ndjson')
  })

  test('is one object with --json', { tags: 'long' }, async () => {
    const { out } = await ask(wrong, '--fresh', '--json')
    const report = conformSchema.parse(JSON.parse(out))
    expect(report.divergences[0]?.run.length).toBeLessThanOrEqual(3)
    expect(report.divergences[0]?.shrunk).toBe(true)
    expect(report.litmus.unsaid.length).toBeLessThan(report.litmus.files)
  })

  test('replays against itself, and not against one that is right', async () => {
    const [name = ''] = readdirSync(folder).filter((one) => one.endsWith('.ndjson'))
    const path = join(folder, name)
    expect((await dmaproof('replay', path)).status).toBe(1)
    expect((await dmaproof('replay', path, '--on', wrong)).status).toBe(1)
    const again = await dmaproof('replay', path, '--on', right)
    expect([again.status, again.out]).toEqual([0, expect.stringContaining('the model allows the replies of')])
  })
})

test('what is kept and cannot be read is told and left out: a folder, a transcript of another model', async () => {
  const save = mkdtempSync(join(tmpdir(), 'dmaproof-'))
  mkdirSync(join(save, 'x.ndjson'))
  writeFileSync(join(save, 'y.ndjson'), '{"dmaproof":"transcript"}\n')
  writeFileSync(join(save, 'z.ndjson'), '{"dmaproof":"trace"}\n')
  const { status, err } = await ask(right, '--save', save, '--runs', '0')
  expect(status).toBe(0)
  const [folderLine, transcriptLine, ...rest] = err.trimEnd().split('\n')
  expect(folderLine).toBe(`dmaproof: ${join(save, 'x.ndjson')}: found a folder, expected a file; it is not tried again`)
  expect(transcriptLine).toContain(`dmaproof: ${join(save, 'y.ndjson')}:1: not the header of a transcript`)
  expect(rest).toEqual([])
})

describe('bad input ends with 2 and one message:', () => {
  test.each([
    ['no interface', ['conform', right], 'expected one of type1, type1v2'],
    ['an interface that is not offered', ['conform', right, '--interface', 'iommufd'], 'it offers page-table'],
    ['a name that is not configured', ['conform', 'mapper', '--interface', 'iommufd'], 'dmaproof.config.json'],
    ['a command that is not there', ['conform', './no/such', '--interface', 'iommufd'], 'did not say hello'],
    [
      'a platform that is not known',
      ['conform', right, '--interface', 'page-table', '--platform', 'linux-1'],
      'linux-1',
    ],
  ])('%s', async (_, words, message) => {
    const { status, err } = await dmaproof(...words)
    expect([status, err]).toEqual([2, expect.stringContaining(message)])
  })

  test('a trace of the model cannot be asked of a target', async () => {
    const path = join(folder, 'trace.txt')
    writeFileSync(path, '{"dmaproof":"trace"}\n')
    const { status, err } = await dmaproof('replay', path, '--on', right)
    expect([status, err]).toEqual([2, expect.stringContaining('is no transcript')])
  })

  test('a file that is not there cannot be asked of a target, and is not told to be of another kind', async () => {
    const { status, err } = await dmaproof('replay', join(folder, 'nowhere'), '--on', right)
    expect([status, err]).toEqual([2, expect.stringContaining('nowhere: there is no such file')])
  })

  test('a file of rules that cannot be added to is told before the run', async () => {
    const path = join(folder, 'rule-coverage.json')
    writeFileSync(path, '{"runs":1}')
    const { status, out, err } = await ask(right, '--fresh', '--rule-coverage', path)
    expect([status, out]).toEqual([2, ''])
    expect(err).toMatch(`dmaproof: --rule-coverage: ${path}.target: `)
  })

  test('a report for CI that cannot be written is told to be a report', async () => {
    const { status, err } = await ask(right, '--fresh', '--junit', '/proc/nowhere/report.xml')
    expect([status, err]).toEqual([
      2,
      expect.stringContaining('/proc/nowhere/report.xml: the report could not be written'),
    ])
  })
})
