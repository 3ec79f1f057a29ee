import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runDesigns } from '../cli/commands/run.js'
import { fakeIo } from '../cli/testing/fake-io.js'
import { OwnProject, type Ran } from '../cli/testing/own-project.js'
import type { Answer } from '../conform/protocol/messages.js'
import { objectTarget } from '../conform/targets/in-process.js'
import { modelImplementation } from '../conform/testing/model-target.js'
import { shapes } from './shapes.js'

const installed = 'node_modules/dmaproof'
const config = {
  $schema: `./${installed}/docs/schemas/config.json`,
  targets: { table: { command: `python3 ${installed}/examples/page_table.py wrong-cursor`, interface: 'page-table' } },
  defaults: { scope: { pages: 2, vcpus: 1 }, property: ['no-shared-fault'], jobs: 0 },
}
const project = new OwnProject({ 'dmaproof.config.json': JSON.stringify(config) })
afterAll(() => project.remove())

/** The commands that have --json, on small machines; schemas by their names. */
const commands = [
  ['check', 'check on-demand-superpage --configuration plain --runs 200 --stats-file stats.json'],
  ['compare', 'compare --design fd-offset --states 1000 --jobs 0'],
  ['compare', 'compare --random --design fd-offset --runs 10 --jobs 0'],
  ['explore', 'explore on-demand-superpage --driver type1v2 --states 300 --fields --symmetry'],
  ['explore', 'explore b1 --scope N=2,V=1,D=1'],
  ['explore-random', 'explore b1 --scope N=2,V=1,D=1 --random --time 0.1'],
  ['litmus', `litmus ${installed}/litmus/cases/ring-comes-back.litmus ${installed}/README.md`],
  ['conform', 'conform table --runs 20'],
  ['conform', 'conform table --runs 20 --results cells'],
] as const

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true })
/** What each command printed. */
let ran: readonly Ran[] = []
beforeAll(() => {
  for (const { name } of shapes) {
    const schema = new URL(`../docs/schemas/${name}.json`, import.meta.url)
    ajv.addSchema(JSON.parse(readFileSync(schema, 'utf8')), name)
  }
  ran = project.ran(...commands.map(([, words]) => [...words.split(' '), '--json']))
}, 120_000)

/** What an independent validator says against a value. */
function wrongWith(name: string, value: unknown): string[] {
  return ajv.validate(name, value) ? [] : (ajv.errors ?? []).map((one) => `${one.instancePath}: ${one.message}`)
}

describe('what a command prints fits the published schema:', () => {
  test.each(commands.map(([name, words], index) => ({ name, words, index })))('$words', ({ name, index }) => {
    const { out = '', err = '' } = ran[index] ?? {}
    if (out === '') throw new Error(err)
    expect(wrongWith(name, JSON.parse(out))).toEqual([])
  })

  test('run on-demand-superpage', { tags: 'long' }, async () => {
    const io = fakeIo()
    const open = objectTarget(() => modelImplementation('linux-7.2'))
    const named = { platform: 'linux-7.2' }
    const find = async () => ({ ok: true, value: { open, word: 'linux-7.2', named, backing: 'guest-memfd' } }) as const
    const words = { on: 'linux', runs: 3, length: 4, seed: 1, save: project.folder, json: true }
    await runDesigns(io, 'on-demand-superpage', words, find)
    expect(wrongWith('run', JSON.parse(io.said().out))).toEqual([])
  })
})

type Line = Readonly<Record<string, unknown>>

/** The files in a folder that the commands have saved: the first line, and the others. */
function saved(folder: string): { readonly header: Line; readonly lines: readonly Line[] }[] {
  const path = join(project.folder, '.dmaproof', folder)
  return readdirSync(path).map((name) => {
    const text = readFileSync(join(path, name), 'utf8').trim()
    const [header = {}, ...lines]: Line[] = text.split('\n').map((line) => JSON.parse(line))
    return { header, lines }
  })
}

describe('what a command saves fits the published schemas of its lines:', () => {
  test('traces', () => {
    const traces = saved('traces')
    expect(traces.length).toBeGreaterThan(0)
    for (const { header, lines } of traces) {
      expect(wrongWith('trace-header', header)).toEqual([])
      expect(lines.flatMap((line) => wrongWith('trace-step', line))).toEqual([])
    }
  })

  test('transcripts', () => {
    const transcripts = saved('conformance')
    expect(transcripts.length).toBeGreaterThan(0)
    for (const { header, lines } of transcripts) {
      expect(wrongWith('transcript-header', header)).toEqual([])
      const wrong = (line: Line) => wrongWith('call' in line ? 'protocol-request' : 'protocol-reply', line)
      expect(lines.flatMap(wrong)).toEqual([])
    }
  })
})

test('results of conform and run fit the schemas of their lines', { tags: 'long' }, async () => {
  const io = fakeIo()
  const wrong = (call: { readonly call: string }, answer: Answer): Answer =>
    call.call === 'dma-write' ? { ...answer, result: 'blocked' } : answer
  const open = objectTarget(() => modelImplementation('linux-7.2', wrong))
  const find = async () => ({ ok: true, value: { open, word: './model', named: {} } }) as const
  const results = join(project.folder, 'run-cells')
  const words = { on: './model', runs: 1, length: 2, seed: 1, save: project.folder, results }
  await runDesigns(io, 'on-demand-superpage', words, find)
  const kinds = ['cells', 'run-cells'].flatMap((folder) => {
    const path = join(project.folder, folder)
    expect(wrongWith('plan', JSON.parse(readFileSync(join(path, 'plan.json'), 'utf8')))).toEqual([])
    return readdirSync(path).flatMap((name) => {
      if (!name.endsWith('.ndjson')) return []
      const [head, verdicts, report] = readFileSync(join(path, name), 'utf8').trim().split('\n')
      expect(wrongWith('result-header', JSON.parse(head ?? ''))).toEqual([])
      expect(wrongWith('result', JSON.parse(verdicts ?? ''))).toEqual([])
      if (report === undefined) return ['model']
      const { shown, ...rest } = JSON.parse(report)
      expect(wrongWith('result-report', { ...rest, shown })).toEqual([])
      expect(wrongWith(`result-${shown.kind}`, shown)).toEqual([])
      return [`${shown.kind}${(shown.met ?? [shown.divergence]).some(Boolean) ? ' diverges' : ''}`]
    })
  })
  expect(kinds).toEqual(expect.arrayContaining(['conform diverges', 'model', 'run diverges']))
})

test('a file of counts, and one of rules, fit their schemas', () => {
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
  expect(wrongWith('stats', read(join(project.folder, 'stats.json')))).toEqual([])
  expect(wrongWith('rule-coverage', read('conform/recorded/linux-7.2.json'))).toEqual([])
})

test('a configuration that names its schema is read, and fits it', () => {
  expect(wrongWith('config', config)).toEqual([])
})

test('a wrong output is refused: a field that is missing, one too many, one of another type, or value', () => {
  const whole: Line = { verdict: 'held', states: 1, transitions: 0, depth: 1, seconds: 0.1 }
  const { depth: _, ...less } = whole
  expect(wrongWith('explore', whole)).toEqual([])
  expect(wrongWith('explore', less)).toEqual([": must have required property 'depth'"])
  expect(wrongWith('explore', { ...whole, more: 1 })).toEqual([': must NOT have additional properties'])
  expect(wrongWith('explore', { ...whole, states: '7' })).toEqual(['/states: must be integer'])
  expect(wrongWith('explore', { ...whole, verdict: 'fine' })).toHaveLength(1)
})

test.each([
  ['check', {}],
  ['compare', [{ design: 'pin-all' }]],
  ['explore-random', { steps: 1 }],
  ['litmus', [{ file: 'x.litmus' }]],
  ['conform', { target: 'x' }],
  ['run', {}],
  ['config', { designs: 'mine.ts' }],
  ['config', { default: {} }],
  ['config', { targets: { mapper: { command: '' } } }],
  ['stats', { dmaproof: 'trace' }],
  ['plan', { dmaproof: 'result' }],
  ['result-header', { dmaproof: 'plan' }],
  ['result', [{ design: 'pin-all' }]],
  ['result-report', { isOpen: 'no' }],
  ['result-conform', { kind: 'run' }],
  ['result-run', { kind: 'conform' }],
  ['rule-coverage', { target: 'x' }],
  ['trace-header', { dmaproof: 'transcript' }],
  ['trace-step', { action: {}, outcome: 'ok' }],
  ['transcript-header', { dmaproof: 'trace' }],
  ['protocol-request', { id: 1, call: 'mmap' }],
  ['protocol-hello', { id: 1, outcome: 'ok' }],
  ['protocol-reply', { id: 1 }],
])('%s: %j is refused', (name, value) => {
  expect(wrongWith(name, value)).not.toEqual([])
})
