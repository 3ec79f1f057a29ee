import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/prng.js'
import { designs, fullName } from '../../designs/index.js'
import { kinds } from '../../model/actions/relation.js'
import { enabled, step } from '../../model/actions/step.js'
import { codeLength, decode, print } from '../../model/machine/action.js'
import { properties } from '../../properties/index.js'
import { buildMachine } from '../machine-config.js'
import { Simulator } from '../simulator.js'
import { searchRandom } from './random.js'
import { type Choice, RandomScheduler } from './scheduler.js'

const seed = Number(process.env.DMAPROOF_SEED ?? 1)
const choices: readonly Choice[] = ['uniform', 'biased']

function simulatorOf(name: string): Simulator {
  const design = designs.find((known) => fullName(known) === name) ?? designs[0]
  const opened = buildMachine({
    design: name,
    driver: design?.drivers[0]?.name ?? '',
    scope: { ...design?.scope, backing: design?.backings[0] ?? 'separate', failures: 1 },
    platform: 'tdx-2021-reading',
    parts: ['secureEpt', 'content'],
  })
  if (!opened.ok) throw new Error(opened.problem.message)
  return new Simulator(opened.value.machine)
}

const search = (simulator: Simulator, from: number, runs: number) =>
  searchRandom(simulator, properties, { seed: from, runs, length: 60, choice: 'biased' })

describe('a search', () => {
  test('finds the same runs with the same seed, on a machine that has been used before or not', () => {
    const used = simulatorOf('pin-all')
    const first = search(used, seed, 50)
    expect(first.violations.length).toBeGreaterThan(0)
    for (const again of [search(used, seed, 50), search(simulatorOf('pin-all'), seed, 50)]) {
      expect(again.violations).toEqual(first.violations)
      expect([again.steps, again.vacuous, again.coverage]).toEqual([first.steps, first.vacuous, first.coverage])
    }
  })

  test('repeats a violating run alone, from the seed of the search and the index of the run', () => {
    const simulator = simulatorOf('deferred-flush')
    const { violations } = search(simulator, seed, 100)
    expect(violations.length).toBeGreaterThan(0)
    for (const { property, run, index } of violations) {
      const alone = search(simulator, seed + index, 1).violations.find((found) => found.property === property)
      expect({ seed, index, run: alone?.run }).toEqual({ seed, index, run })
    }
  })

  test('makes half of its runs as short as it may, a quarter twice as long, and the others as long as it may', () => {
    const asked = properties.filter(({ name }) => name === 'entry-limit')
    const counts = [0]
    const stop = (_: number, steps: number) => counts.push(steps) < 0
    const bounds = { seed, runs: 200, length: 16, shortest: 4, choice: 'biased' } as const
    searchRandom(simulatorOf('on-demand-4k'), asked, { ...bounds, stop })
    const lengths = counts.slice(1).map((steps, index) => steps - (counts[index] ?? 0))
    for (const [length, least] of [
      [4, 60],
      [8, 25],
      [16, 25],
    ] as const) {
      expect(lengths.filter((one) => one === length).length, `${length} actions, seed ${seed}`).toBeGreaterThan(least)
    }
  })

  test('ends when every property is violated, and names none of them vacuous', () => {
    const asked = properties.filter(({ name }) => name === 'no-stale-frame')
    const result = searchRandom(simulatorOf('pin-all'), asked, { seed, runs: 1000, length: 60, choice: 'biased' })
    expect({ seed, vacuous: result.vacuous, few: result.runs < 100 }).toEqual({ seed, vacuous: [], few: true })
  })

  test('names every property vacuous whose witness no run has shown', () => {
    const result = searchRandom(simulatorOf('on-demand-4k'), properties, { seed, runs: 1, length: 1, choice: 'biased' })
    expect(result.vacuous).toEqual(properties.map(({ name }) => name))
  })

  test('stops between runs when it is told to', () => {
    const options = { seed, runs: 100, length: 5, choice: 'uniform', stop: (runs: number) => runs === 7 } as const
    expect(searchRandom(simulatorOf('on-demand-4k'), properties, options).runs).toBe(7)
  })
})

describe.each(choices)('a %s draw', (choice) => {
  test.each(designs.map(fullName))('takes what is listed as enabled: %s', (name) => {
    const simulator = simulatorOf(name)
    const { machine: m, state: s } = simulator
    const draw = new RandomScheduler(m, new Prng(seed), choice)
    const a = new Int32Array(codeLength)
    for (let run = 0; run < 5; run += 1) {
      simulator.reset()
      for (let taken = 0; taken < 60 && draw.next(s, a); taken += 1) {
        const drawn = print(decode(kinds, a))
        const listed = enabled(m, s).map(print)
        if (!listed.includes(drawn)) expect({ seed, listed }).toEqual({ seed, drawn })
        step(m, s, a)
      }
    }
  })

  test.each(['on-demand-4k', 'hitless-cut', 'replace-domain'])('takes all that is enabled, in time: %s', (name) => {
    const simulator = simulatorOf(name)
    const { machine: m, state: s } = simulator
    const draw = new RandomScheduler(m, new Prng(seed), choice)
    const a = new Int32Array(codeLength)
    simulator.reset()
    for (let taken = 0; taken < 60; taken += 1) {
      if (taken % 12 === 0) expect({ seed, never: neverDrawn(simulator, draw) }).toEqual({ seed, never: [] })
      if (draw.next(s, a)) step(m, s, a)
    }
  })
})

/** What is enabled and was not drawn in a very long time. A draw leaves the state as it is. */
function neverDrawn({ machine: m, state: s }: Simulator, draw: RandomScheduler): string[] {
  const left = new Set(enabled(m, s).map(print))
  const a = new Int32Array(codeLength)
  for (let tries = 0; tries < 200_000 && left.size > 0 && draw.next(s, a); tries += 1)
    left.delete(print(decode(kinds, a)))
  return [...left]
}
