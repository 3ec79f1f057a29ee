import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Driver } from '../../designs/index.js'
import { designs, findDesign } from '../../designs/index.js'
import { placesOf, rows } from '../../model/actions/relation.js'
import { parse, print } from '../../model/machine/action.js'
import { type Property, properties } from '../../properties/index.js'
import { buildMachine } from '../machine-config.js'
import { minimise } from '../minimise.js'
import { replay, Simulator } from '../simulator.js'
import { RunValue, runs } from './arbitrary.js'

const seed = Number(process.env.DMAPROOF_SEED ?? 1)

interface Cell {
  readonly simulator: Simulator
  readonly property: Property
}

function cell(name: string, asked: string): Cell {
  const design = findDesign(name) ?? designs[0]
  const driver: Driver | undefined = design?.drivers[0]
  const property = properties.find((known) => known.name === asked)
  const opened = buildMachine({ design: name, driver: driver?.name ?? '', scope: {}, platform: 'tdx-2021-reading' })
  if (!opened.ok || property === undefined) throw new Error(opened.ok ? asked : opened.problem.message)
  return { simulator: new Simulator(opened.value.machine), property }
}

const cells = [
  ['pin-all', 'no-stale-frame'],
  ['on-demand-superpage', 'no-shared-fault'],
  ['hitless-cut/page-flush', 'no-stale-frame'],
  ['deferred-flush', 'no-stale-frame'],
] as const

const holds =
  (property: Property) =>
  ({ simulator, run }: RunValue): void => {
    const { failure } = replay(simulator, run, property)
    if (failure !== undefined) throw new Error(failure.why)
  }

const sum = (code: Int32Array): number => code.slice(1).reduce((total, value) => total + value)

const countPlaces = placesOf('count')

function countOf(code: Int32Array): number {
  const at = countPlaces[code[0] ?? 0] ?? 0
  return at === 0 ? 0 : (code[at] ?? 0)
}

/** What shrinking lowers, first what matters most: actions, sizes of requests, the environment's numbers, plans'. */
function sizeOf({ run }: RunValue): number[] {
  const asked = run.filter((code) => rows[code[0] ?? 0]?.by === 'environment')
  const total = (codes: readonly Int32Array[]) => codes.reduce((all, code) => all + sum(code), 0)
  return [run.length, asked.reduce((all, code) => all + countOf(code), 0), total(asked), total(run)]
}

function isSimpler(a: RunValue, b: RunValue): boolean {
  const [now, before] = [sizeOf(a), sizeOf(b)]
  const at = now.findIndex((size, index) => size !== before[index])
  return at >= 0 && (now[at] ?? 0) < (before[at] ?? 0)
}

describe.each(cells)('runs of %s', (design, asked) => {
  const { simulator, property } = cell(design, asked)
  const arbitrary = runs(simulator, [property])
  const search = (parameters: fc.Parameters<[RunValue]> = {}) =>
    fc.check(fc.property(arbitrary, holds(property)), { seed, numRuns: 1000, ...parameters })

  test('are drawn from what is enabled, and end at the first failure', () => {
    for (const { run } of fc.sample(arbitrary, { seed, numRuns: 100 })) {
      const { taken, skipped } = replay(simulator, run, property)
      expect({ seed, skipped, length: taken.length }).toEqual({ seed, skipped: -1, length: run.length })
    }
  })

  test('are shrunk to runs that are enabled, too, and simpler', () => {
    for (const value of fc.sample(arbitrary, { seed, numRuns: 5 })) {
      for (const { value: candidate } of arbitrary.shrink(value, undefined)) {
        expect(replay(simulator, candidate.run, property).skipped).toBe(-1)
        if (!isSimpler(candidate, value)) expect({ seed, candidate: String(candidate) }).toBe(String(value))
      }
    }
  })

  test('are repeated by the seed and the path that fast-check reports', () => {
    const report = search()
    const [counterexample] = report.counterexample ?? []
    expect({ seed, failed: report.failed }).toEqual({ seed, failed: true })
    const again = search({ path: report.counterexamplePath ?? '', endOnFailure: true })
    expect(again.counterexample?.[0].actions).toEqual(counterexample?.actions)
    expect(again.errorInstance).toEqual(report.errorInstance)
    expect(again.numRuns).toBe(1)
  })

  test('are shrunk by fast-check just as by minimise', () => {
    const found = search({ endOnFailure: true }).counterexample?.[0]
    const shrunk = search().counterexample?.[0]
    expect(minimise(simulator, found?.run ?? [], property).run).toEqual(shrunk?.run)
  })

  test('are shrunk if they were given as an example, too', () => {
    const found = search({ endOnFailure: true }).counterexample?.[0]
    if (found === undefined) throw new Error('found nothing')
    const report = search({ examples: [[new RunValue(simulator, found.run)]], seed: seed + 1 })
    expect(report.counterexamplePath).toMatch(/^0(:|$)/)
    expect(report.counterexample?.[0].run).toEqual(search().counterexample?.[0].run)
  })
})

describe('a run', () => {
  const { simulator } = cell('on-demand-4k', 'no-stale-frame')

  test('is printed one action a line, as they are parsed', () => {
    const [value] = fc.sample(runs(simulator, [], { length: 12 }), { seed, numRuns: 1 })
    if (value === undefined) throw new Error('nothing was drawn')
    expect(value.actions).toHaveLength(12)
    expect(value.toString().split('\n').map(parse)).toEqual(value.actions)
    expect(fc.stringify(value)).toBe(`\n${value.actions.map(print).join('\n')}\n`)
  })

  test('is as long as asked, and no longer', () => {
    for (const { run } of fc.sample(runs(simulator, [], { length: 3 }), { seed, numRuns: 50 }))
      expect(run).toHaveLength(3)
  })

  test('is drawn another way when fast-check is asked for no bias', () => {
    const biased = fc.sample(runs(simulator, []), { seed, numRuns: 3 })
    const unbiased = fc.sample(runs(simulator, []), { seed, numRuns: 3, unbiased: true })
    expect(String(unbiased)).not.toBe(String(biased))
  })
})
