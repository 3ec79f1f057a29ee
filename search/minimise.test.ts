import { describe, expect, test } from 'vitest'
import { findDesign } from '../designs/index.js'
import type { Scope } from '../model/machine/scope.js'
import { properties } from '../properties/index.js'
import { buildMachine } from './machine-config.js'
import { minimise } from './minimise.js'
import { searchRandom } from './random/random.js'
import { type Run, replay, Simulator } from './simulator.js'

const seed = Number(process.env.DMAPROOF_SEED ?? 1)
const seeds = 20

const separate = [
  ['pin-all', 'no-stale-frame', 4],
  ['pin-all', 'single-backing', 6],
  ['shared-alias', 'single-backing', 5],
  ['punch-holes', 'no-stale-frame', 5],
  ['punch-holes', 'single-backing', 7],
  ['on-demand-superpage', 'no-shared-fault', 7],
  ['on-demand-4k/superpage-at-start', 'no-stale-frame', 7],
  ['on-demand-4k/superpage-at-start', 'single-backing', 9],
  ['hitless-cut/page-flush', 'no-stale-frame', 16],
  ['deferred-flush', 'no-stale-frame', 9],
] as const
const inPlace = [
  ['pin-all', 'no-private-reach', 3],
  ['on-demand-4k/map-first', 'no-private-reach', 20],
  ['attributes-first', 'no-private-reach', 3],
] as const

/** Shrunk counterexamples of one cell, from as many searches, each with a seed of its own. */
function shrunkOf(name: string, backing: Scope['backing'], asked: string) {
  const design = findDesign(name)
  const property = properties.find((known) => known.name === asked)
  if (design === undefined || property === undefined) throw new Error(`there is no ${name}, or no ${asked}`)
  const driver = design.drivers[0]?.name ?? ''
  const scope = { ...design.scope, backing }
  const opened = buildMachine({ design: name, driver, scope, platform: 'tdx-2021-reading' })
  if (!opened.ok) throw new Error(opened.problem.message)
  const simulator = new Simulator(opened.value.machine)
  const shrunk = Array.from({ length: seeds }, (_, index) => {
    const options = { seed: seed + index * 10_000, runs: 1000, length: 80, choice: 'biased' } as const
    const [violation] = searchRandom(simulator, [property], options).violations
    if (violation === undefined) throw new Error(`seed ${options.seed}: ${name} does not violate ${asked}`)
    return { seed: options.seed, run: minimise(simulator, violation.run, property).run }
  })
  return {
    shrunk,
    judge: (run: Run) => replay(simulator, run, property),
    again: (run: Run) => minimise(simulator, run, property),
  }
}

describe.each([
  ...separate.map((cell) => ['separate', ...cell] as const),
  ...inPlace.map((cell) => ['in-place', ...cell] as const),
])('%s backing, %s violates %s', (backing, design, property, shortest) => {
  const { shrunk, judge, again } = shrunkOf(design, backing, property)

  test('a shrunk run is enabled as it stands, and violates the property with its last action', () => {
    for (const { run, seed } of shrunk) {
      const { taken, failure, skipped } = judge(run)
      expect({ seed, skipped, length: taken.length }).toEqual({ seed, skipped: -1, length: run.length })
      expect(failure?.property.name).toBe(property)
    }
  })

  test('without any one of its actions a shrunk run violates nothing', () => {
    for (const { run, seed } of shrunk) {
      const needless = run.filter((_, index) => judge(run.toSpliced(index, 1)).failure !== undefined)
      expect({ seed, needless }).toEqual({ seed, needless: [] })
    }
  })

  test(`no shrunk run is shorter than ${shortest} actions, and at least half are no longer`, () => {
    const lengths = shrunk.map(({ run }) => run.length).sort((a, b) => a - b)
    expect({ seed, least: lengths[0], middle: lengths[seeds / 2] }).toEqual({ seed, least: shortest, middle: shortest })
  })

  test('a run that is shrunk already stays as it is', () => {
    for (const { run, seed } of shrunk) expect({ seed, run: again(run).run }).toEqual({ seed, run })
  })
})
