/** @module-tag long */
import { describe, expect, test } from 'vitest'
import { must } from '../base/result.js'
import { findDesign } from '../designs/index.js'
import { conversionEnds, properties } from '../properties/index.js'
import { buildMachine } from './machine-config.js'
import { minimise } from './minimise.js'
import { searchRandom } from './random/random.js'
import { shorterRun } from './shorter-run.js'
import { type Run, replay, Simulator } from './simulator.js'

const seed = Number(process.env.DMAPROOF_SEED ?? 1)

function cell(design: string, name: string) {
  const property = properties.find((known) => known.name === name)
  if (property === undefined) throw new Error(`there is no ${name}`)
  const driver = findDesign(design)?.drivers[0]?.name ?? ''
  const setup = { design, driver, scope: { pages: 4, vcpus: 2 }, platform: 'tdx-2021-reading' }
  const simulator = new Simulator(must(buildMachine(setup)).machine)
  return { property, simulator }
}

function firstViolation(design: string, name: string, at: number): { run: Run; length: number } {
  const { property, simulator } = cell(design, name)
  const [found] = searchRandom(simulator, [property], { seed: at, runs: 3000, length: 80, choice: 'biased' }).violations
  if (found === undefined) throw new Error(`seed ${at}: ${design} does not violate ${name}`)
  const { run } = minimise(simulator, found.run, property)
  const shorter = shorterRun(simulator.machine, run, property, 20)
  if (shorter !== undefined) {
    expect(replay(simulator, shorter, property)).toMatchObject({ skipped: -1, failure: { property } })
    expect(shorter.length).toBeLessThan(run.length)
  }
  return { run: shorter ?? run, length: (shorter ?? run).length }
}

/** Lengths that a breadth-first search of the whole machine proves shortest. */
describe.each([
  ['pin-all', 'no-stale-frame', 4],
  ['punch-holes', 'single-backing', 7],
  ['on-demand-superpage', 'no-shared-fault', 7],
  ['on-demand-4k/superpage-at-start', 'single-backing', 9],
  ['deferred-flush', 'no-stale-frame', 9],
] as const)('%s violates %s', (design, name, shortest) => {
  test(`in ${shortest} actions, whatever run was found`, { timeout: 120_000 }, () => {
    const lengths = Array.from({ length: 8 }, (_, index) => firstViolation(design, name, seed + index * 5000).length)
    expect({ seed, lengths: [...new Set(lengths)] }).toEqual({ seed, lengths: [shortest] })
  })
})

test('a run that is shortest already, or a loop, is left as it is', () => {
  const { run } = firstViolation('pin-all', 'no-stale-frame', seed)
  const { simulator, property } = cell('pin-all', 'no-stale-frame')
  expect(shorterRun(simulator.machine, run, property, 20)).toBeUndefined()
  expect(shorterRun(simulator.machine, run, conversionEnds, 20)).toBeUndefined()
})
