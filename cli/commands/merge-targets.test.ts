/** @module-tag long */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Answer, Call } from '../../conform/protocol/messages.js'
import { objectTarget } from '../../conform/targets/in-process.js'
import { modelImplementation } from '../../conform/testing/model-target.js'
import { conformSchema } from '../../report/json/conform.js'
import { designRunSchema } from '../../report/json/design-run.js'
import { sha256 } from '../../search/cells/cell.js'
import { run } from '../program.js'
import { fakeIo } from '../testing/fake-io.js'
import { runDesigns } from './run.js'

vi.setConfig({ testTimeout: 300_000 })

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-targets-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

async function ran(...words: readonly string[]) {
  const io = fakeIo()
  const status = await run(words, io)
  return { status, ...io.said() }
}

const program = at('table.py')
copyFileSync(fileURLToPath(new URL('../../examples/page_table.py', import.meta.url)), program)
const right = `python3 ${program}`
const wrong = `${right} wrong-cursor`
const save = ['--save', at('kept')]
const conform = (target: string, ...more: readonly string[]) =>
  ran('conform', target, '--interface', 'page-table', '--runs', '300', '--length', '12', ...save, ...more)

const results = (path: string) =>
  readdirSync(path)
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => join(path, name))
    .sort()

/** What is printed, without what a clock has measured. */
const timeless = (text: string): string =>
  text
    .replaceAll(/ in [\d.]+ s \(\d+ calls\/s\)| in [\d.]+ s/g, '')
    .replaceAll(/after [\d.]+ s/g, 'after')
    .replaceAll(/; [\d.]+ s$/gm, '')
    .replaceAll(/"(seconds)": [\d.e-]+/g, '"$1": 0')
    .replaceAll(/ time="[\d.]+"/g, '')

const shared = ({ out }: { out: string }) => timeless(out.replace(/^.*; the results are in .*\n/m, ''))

describe('shards of conform, merged, equal the unsharded run with results, its times left out:', () => {
  test.for([
    ['a target that is right', right, 0],
    ['a target with a divergence', wrong, 1],
  ] as const)('%s', async ([name, target, status]) => {
    const own = (part: string) => at(`${name}-${part}`)
    for (const part of [1, 2, 3]) await conform(target, '--results', own(`${part}`), '--shard', `${part}/3`)
    const parts = [1, 2, 3].map((part) => own(`${part}`))
    const whole = await conform(target, '--results', own('all'), '--json', '--junit', own('all.xml'))
    const into = ['--into', own('into'), '--junit', own('merged.xml')]
    const merged = await ran('merge', ...parts, ...save, '--json', ...into)
    expect(parts.flatMap(results).length).toBe(results(own('all')).length)
    expect(results(own('all')).length).toBeGreaterThan(2)
    expect([whole.status, merged.status, merged.err]).toEqual([status, status, ''])
    expect(shared(merged)).toBe(shared(whole))
    expect(conformSchema.parse(JSON.parse(merged.out)).divergences.length > 0).toBe(status === 1)
    const reports = [own('merged.xml'), own('all.xml')].map((path) => timeless(readFileSync(path, 'utf8')))
    expect(reports[0]).toBe(reports[1])
    const again = await ran('merge', own('into'), ...save)
    const text = await conform(target, '--results', own('all'))
    expect(shared(again)).toBe(shared(text))
    expect(text.out).toContain(`${results(own('all')).length} of them known before`)
  })

  test('and say what the undivided command says of a target that its resets clean', async () => {
    const undivided = conformSchema.parse(JSON.parse((await conform(wrong, '--fresh', '--json')).out))
    const merged = await ran('merge', at('a target with a divergence-all'), ...save, '--json')
    const divided = conformSchema.parse(JSON.parse(merged.out))
    const lasting = ({ seconds: _, divergences, first, ...rest }: typeof divided) => {
      return { ...rest, first: first?.from, found: divergences.map(({ before: __, ...one }) => one) }
    }
    expect(lasting(divided)).toEqual(lasting(undivided))
  })
})

describe('a folder of results of conform', () => {
  test('keeps the transcript of a divergence, which merge writes and replay shows again', async () => {
    const { out } = await ran('merge', at('a target with a divergence-all'), '--save', at('from-merge'))
    const [path = ''] = results(at('from-merge'))
    expect(out).toContain(`replay: dmaproof replay ${path} --on '${wrong}'`)
    expect((await ran('replay', path)).status).toBe(1)
    expect((await ran('replay', path, '--on', right)).status).toBe(0)
  })

  test('is of one program: a file of the command line that was changed has other cells, and is refused', async () => {
    const text = readFileSync(program, 'utf8')
    writeFileSync(program, `${text}# another build\n`)
    const { status, err } = await conform(right, '--results', at('a target that is right-all'))
    writeFileSync(program, text)
    expect([status, err]).toEqual([2, expect.stringContaining('holds results of another command line or version')])
    const mixed = await ran('merge', at('a target that is right-all'), at('a target with a divergence-all'))
    expect([mixed.status, mixed.err]).toEqual([2, expect.stringContaining('only results of one command line')])
  })

  test('names the cells that it lacks, with status 3, and its report has an error', async () => {
    const plan = await conform(right, '--results', at('one'), '--plan')
    const [key = ''] = plan.out.split('\t')
    const alone = await conform(right, '--results', at('one'), '--cell', key)
    expect([alone.status, alone.out]).toEqual([0, expect.stringContaining(`cell ${key.slice(0, 12)}: 1 of `)])
    const { status, err } = await ran('merge', at('one'), ...save, '--ktap', at('part.ktap'))
    expect([status, err]).toEqual([3, expect.stringMatching(/cells? of \d+ without a result: run their shards again/)])
    expect(readFileSync(at('part.ktap'), 'utf8')).toMatch(/not ok \d+ all was judged # ERROR \d+ cell/)
  })

  test('that says otherwise of a cell is named beside the other, and the divergence is the answer', async () => {
    const [from, to] = [at('a target with a divergence-all'), at('two-ways')]
    await conform(wrong, '--results', to, '--plan')
    for (const path of results(from)) {
      const [head = '', verdicts = '', report = ''] = readFileSync(path, 'utf8').split('\n')
      const { shown, ...rest } = JSON.parse(report)
      const decides = JSON.stringify(['whole', shown.sequences, []])
      const right = { ...rest, fails: false, decides, shown: { ...shown, met: [], first: null } }
      const text = `${verdicts}\n${JSON.stringify(right)}`
      writeFileSync(
        path.replace(from, to),
        `${JSON.stringify({ ...JSON.parse(head), sha256: sha256(text) })}\n${text}\n`,
      )
    }
    expect((await ran('merge', to, ...save)).status).toBe(0)
    for (const both of [
      [from, to],
      [to, from],
    ]) {
      const { status, out, err } = await ran('merge', ...both, ...save)
      expect([status, out.includes('divergence 1: ')]).toEqual([1, true])
      expect(err).toContain('the target answered a cell now as the model allows and now not')
      expect([err.includes(from), err.includes(to)]).toEqual([true, true])
    }
    const known = await conform(wrong, '--results', to)
    expect([known.status, known.out]).toEqual([
      0,
      expect.stringContaining(`${results(to).length} of them known before`),
    ])
  })

  test('is not divided by files of rules, and a target that does not start is told', async () => {
    const refused = await conform(right, '--results', at('r'), '--rule-coverage', at('rules.json'))
    expect([refused.status, refused.err]).toEqual([2, expect.stringContaining('--rule-coverage: no effect with')])
    const none = await conform('./no/such', '--results', at('none'), '--plan')
    expect([none.status, none.err]).toEqual([2, expect.stringContaining('did not say hello')])
  })

  test('keeps a cell that a bound of time cut short, and asks it again', async () => {
    const path = at('bounded')
    const cut = await conform(right, '--results', path, '--time', '0.001')
    expect([cut.status, cut.out]).toEqual([3, expect.stringContaining(' left without a result')])
    const whole = await conform(right, '--results', path)
    expect([whole.status, whole.out.includes(' 0 of them known before')]).toEqual([0, true])
  })
})

type Plant = (call: Call, answer: Answer) => Answer

/** `run` with the model in the place of an implementation. */
async function design(words: object, plant?: Plant) {
  const io = fakeIo()
  const open = objectTarget(() => modelImplementation('linux-7.2', plant))
  const value = { open, word: './model', named: { platform: 'linux-7.2' } }
  const usual = { on: './model', runs: 12, length: 6, seed: 1, save: at('runs') }
  const find = async () => ({ ok: true, value }) as const
  const status = await runDesigns(io, 'on-demand-superpage', { ...usual, ...words }, find)
  return { status, ...io.said() }
}

describe('shards of run, merged, equal the unsharded run with results, its times left out:', () => {
  const blocked: Plant = (call, answer) =>
    call.call === 'dma-write' && call.device === 1 ? { ...answer, result: 'blocked', fault: 1 } : answer

  test.for([
    ['DMA that is lost as the model says', undefined, 'violated'],
    ['a reply that the model does not allow', blocked, 'differs'],
  ] as const)('%s', async ([name, plant, outcome]) => {
    const own = (part: string) => at(`${name}-${part}`)
    const all = { driver: 'all', json: true }
    for (const part of [1, 2]) await design({ ...all, results: own(`${part}`), shard: { part, of: 2 } }, plant)
    const whole = await design({ ...all, results: own('all'), ktap: own('all.ktap') }, plant)
    const merge = ['merge', own('1'), own('2'), '--save', at('runs'), '--ktap', own('merged.ktap')]
    const merged = await ran(...merge, '--json')
    expect([whole.status, merged.status, merged.err]).toEqual([1, 1, ''])
    expect(timeless(merged.out)).toBe(timeless(whole.out))
    const runs = JSON.parse(merged.out).map((one: unknown) => designRunSchema.parse(one))
    expect(runs.map((one: { interface: string }) => one.interface)).toEqual(['type1v2', 'iommufd'])
    expect(new Set(runs.map((one: { outcome: string }) => one.outcome))).toEqual(new Set([outcome]))
    expect(readFileSync(own('merged.ktap'), 'utf8')).toBe(readFileSync(own('all.ktap'), 'utf8'))
    const [text, again] = [await ran(...merge), await design({ driver: 'all', results: own('all') }, plant)]
    expect(shared(text)).toBe(shared(again))
    expect(again.out).toContain('8 of 8 cells, 8 of them known before')
  })

  test('a driver of which one shard has no verdict of the model is not called held', async () => {
    const path = at('half')
    const plan = await design({ results: path, plan: true })
    const [model = '', first = ''] = plan.out.split('\n').map((line) => line.split('\t')[0] ?? '')
    const alone = await design({ results: path, cell: first })
    expect([alone.status, alone.out]).toEqual([
      1,
      expect.stringContaining('dmaproof merge compares them with the model'),
    ])
    expect(alone.out).not.toContain('agree')
    const said = await design({ results: path, cell: model })
    expect([said.status, said.out]).toEqual([0, expect.stringContaining('what the model says is here')])
    const merged = await ran('merge', path, '--save', at('runs'))
    expect([merged.status, merged.err]).toEqual([1, expect.stringContaining('2 cells of 4 without a result')])
  })

  test('a plan that no driver carries out is refused with the rule, and leaves no folder', async () => {
    const io = fakeIo()
    const open = objectTarget(() => modelImplementation('linux-7.2'))
    const find = async () => ({ ok: true, value: { open, word: './model', named: {} } }) as const
    const words = { on: './model', runs: 1, length: 1, seed: 1, save: at('runs'), results: at('never') }
    const status = await runDesigns(io, 'deferred-flush', words, find)
    expect([status, io.said().err]).toEqual([2, expect.stringContaining('[vfio.removal/unpin-after-sync]')])
    expect(readdirSync(folder)).not.toContain('never')
  })
})
