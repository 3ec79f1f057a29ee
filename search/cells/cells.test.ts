import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as plain } from 'vitest'
import { must } from '../../base/result.js'
import { builtIn } from '../catalogue/catalogue.js'
import { writeTrace } from '../trace.js'
import { checkMachine, type Verdict } from '../verdict.js'
import { type CellPlan, isInShard, keysOf } from './cell.js'
import { contradictionsName, keepResult } from './keep.js'
import { mergeResults } from './merge.js'
import { openResults, readResults, writeResult } from './results.js'

const folder = () => mkdtempSync(join(tmpdir(), 'dmaproof-cells-'))
const keyOf = keysOf({ command: 'compare', version: '0', catalogue: builtIn })
const plan: CellPlan = {
  command: 'compare',
  version: '0',
  cells: ['a', 'b'].map((title) => ({ key: keyOf(title), title, needs: 'drawn' as const })),
}
const [one, two] = plan.cells
if (one === undefined || two === undefined) throw new Error('the plan has two cells')

const scope = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1 }
const setup = { design: 'on-demand-superpage', driver: 'type1v2', scope, platform: 'tdx-2021-reading' }
const properties = ['no-shared-fault', 'no-private-reach']
const verdicts = must(checkMachine(setup, properties, { seed: 1, runs: 300, length: 60 }))
const [open, violated] = verdicts
if (violated?.verdict !== 'violated' || open === undefined) throw new Error('one violation and one open verdict')

const withResult = (path: string, found: readonly Verdict[], cell = one, of = plan) => {
  must(openResults(path, of))
  must(writeResult(path, cell, { verdicts: found }))
  return [path, must(readResults(path))] as const
}

describe('a cell', () => {
  plain('has another key for another question, command, version or own module, and the same for the same', () => {
    const own = join(folder(), 'mine.ts')
    writeFileSync(own, 'export const a = 1')
    const withOwn = { own: { files: [own] } }
    const base = { command: 'compare', version: '0', catalogue: builtIn } as const
    const keys = [
      keyOf(['a']),
      keyOf(['b']),
      keysOf({ ...base, command: 'check' })(['a']),
      keysOf({ ...base, version: '1' })(['a']),
      keysOf({ ...base, catalogue: withOwn })(['a']),
    ]
    writeFileSync(own, 'export const a = 2')
    keys.push(keysOf({ ...base, catalogue: withOwn })(['a']))
    expect(new Set(keys).size).toBe(keys.length)
    expect(keysOf(base)(['a'])).toBe(keyOf(['a']))
  })

  test.prop([fc.string(), fc.integer({ min: 1, max: 50 })])('is in exactly one shard of any number', (asked, of) => {
    const cell = { key: keyOf(asked), title: asked, needs: 'drawn' } as const
    const parts = Array.from({ length: of }, (_, at) => at + 1).filter((part) => isInShard(cell, { part, of }))
    expect(parts).toHaveLength(1)
  })
})

describe('a folder of results', () => {
  plain('gives verdicts back as they were, a trace to the byte', () => {
    const [, { results, damaged }] = withResult(folder(), verdicts)
    const back = results.get(one.key)?.verdicts ?? []
    expect(damaged).toEqual([])
    expect(back.map(({ verdict, steps, why }) => [verdict, steps, why])).toEqual(
      verdicts.map(({ verdict, steps, why }) => [verdict, steps, why]),
    )
    const texts = [back, verdicts].map(([, second]) => second?.trace && writeTrace(second.trace))
    expect(texts[0]).toBe(texts[1])
    expect(texts[0]?.length).toBeGreaterThan(100)
  })

  plain('takes a file that was cut, changed or renamed as absent, and says so', () => {
    const cut = folder()
    withResult(cut, verdicts)
    const name = readdirSync(cut).find((file) => file.endsWith('.ndjson')) ?? ''
    const text = readFileSync(join(cut, name), 'utf8')
    const wrong = {
      cut: () => truncateSync(join(cut, name), text.length - 5),
      changed: () => writeFileSync(join(cut, name), text.replace('"violated"', '"held"')),
      renamed: () => writeFileSync(join(cut, `${two.key}.ndjson`), text),
    }
    for (const [how, plant] of Object.entries(wrong)) {
      writeFileSync(join(cut, name), text)
      plant()
      const { results, damaged } = must(readResults(cut))
      expect({ how, known: results.size, said: damaged.length }).toEqual({
        how,
        known: how === 'renamed' ? 1 : 0,
        said: 1,
      })
    }
  })

  plain('of another plan is refused, and so is one that is none', () => {
    const path = folder()
    withResult(path, verdicts)
    const other = openResults(path, { ...plan, version: '1' })
    expect(other.ok ? '' : other.problem.message).toContain('compare by dmaproof 0, 2 cells')
    const none = readResults(folder())
    expect(none.ok ? '' : none.problem.message).toContain('there is no such file')
  })
})

describe('a merge', () => {
  const merged = (...found: (readonly Verdict[])[]) =>
    must(mergeResults(found.map((each) => withResult(folder(), each))))

  plain('of equal results is one, and a cell without a result is missing', () => {
    const { findings, contradictions } = merged(verdicts, verdicts)
    expect(findings.map((each) => each?.verdicts.length)).toEqual([2, undefined])
    expect(contradictions).toEqual([])
  })

  plain('keeps what says more: the decision, the shorter counterexample, the larger search', () => {
    const held: Verdict = { ...open, verdict: 'held', states: 10 }
    const longer: Verdict = { ...violated, steps: (violated.steps ?? 0) + 1 }
    const more: Verdict = { ...open, runs: open.runs + 1 }
    for (const pair of [
      [open, longer],
      [more, violated],
      [held, violated],
    ].map((each) => [each, [open, violated]])) {
      for (const [a = [], b = []] of [pair, pair.toReversed()]) {
        const { findings, contradictions } = merged(a, b)
        expect(contradictions).toEqual([])
        expect(findings[0]?.verdicts[1]?.steps).toBe(violated.steps)
        const best = [...a, ...b].some(({ verdict }) => verdict === 'held') ? 'held' : 'none-found'
        expect(findings[0]?.verdicts[0]?.verdict).toBe(best)
        expect(findings[0]?.verdicts[0]?.runs).toBe(Math.max(a[0]?.runs ?? 0, b[0]?.runs ?? 0))
      }
    }
  })

  plain('names both files of a contradiction', () => {
    const held: Verdict = { ...open, property: violated.property, verdict: 'held', states: 10 }
    const counts: Verdict = { ...held, states: 11 }
    for (const [a, b] of [
      [violated, held],
      [held, counts],
    ] as const) {
      const { contradictions } = merged([a], [b])
      expect(contradictions.map(({ property, paths }) => [property, new Set(paths).size])).toEqual([
        [violated.property, 2],
      ])
    }
  })

  plain('at the time of writing keeps the first of two that contradict, and the second in a folder of its own', () => {
    const path = folder()
    const held: Verdict = { ...open, property: violated.property, verdict: 'held', states: 10 }
    must(openResults(path, plan))
    expect(must(keepResult(path, plan, one, { verdicts: [violated] }))).toEqual([])
    expect(must(keepResult(path, plan, one, { verdicts: [{ ...open, property: violated.property }] }))).toEqual([])
    expect(must(keepResult(path, plan, one, { verdicts: [held] })).map(({ property }) => property)).toEqual([
      violated.property,
    ])
    const kept = [path, join(path, contradictionsName)].map((at) => [at, must(readResults(at))] as const)
    expect(kept.map(([, { results }]) => results.get(one.key)?.verdicts[0]?.verdict)).toEqual(['violated', 'held'])
    expect(must(mergeResults(kept)).contradictions).toHaveLength(1)
  })

  plain('of two plans is refused', () => {
    const other = { ...plan, version: '1' }
    const mixed = mergeResults([withResult(folder(), verdicts), withResult(folder(), verdicts, one, other)])
    expect(mixed.ok ? '' : mixed.problem.message).toMatch(/is of compare by dmaproof 0.*is of compare by dmaproof 1/)
  })
})
