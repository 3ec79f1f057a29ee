import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/prng.js'
import { must } from '../../base/result.js'
import { explore } from '../../checker/bfs.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import type { State } from '../../model/machine/state.js'
import { properties } from '../../properties/index.js'
import { ModelSystem } from '../exhaustive/model-system.js'
import { buildMachine, type MachineConfigInput } from '../machine-config.js'
import { Simulator } from '../simulator.js'
import { Census } from './census.js'
import { searchRandom } from './random.js'
import { leastSearched, type Unseen, unseenOf, unseenText, violatingPart } from './unseen.js'

const seed = Number(process.env.DMAPROOF_SEED ?? 1)

/** A state that is a number. */
const urn = () => {
  const word = new Uint32Array(2)
  return { word, state: { bytes: new Uint8Array(word.buffer) } as State }
}

/** Runs that each draw so many of the states 0 to `states` - 1, the low ones more often where `skew` is above 1. */
function drawn(states: number, runs: number, perRun: number, skew = 1): Unseen {
  const prng = new Prng(seed)
  const { word, state } = urn()
  const census = new Census()
  for (let run = 0; run < runs; run += 1) {
    if (!census.begin(state)) continue
    for (let at = 0; at < perRun; at += 1) {
      word[1] = Math.floor((prng.nextBelow(1e9) / 1e9) ** skew * states) << 20
      census.add()
    }
  }
  const unseen = census.unseen()
  if (unseen === undefined) throw new Error('too few runs')
  return unseen
}

describe('the estimate of states that were not seen', () => {
  test('is that of the formulas', () => {
    const { estimated, newPerRun, statesPerRun, violating } = unseenOf({
      ...{ made: 80, counted: 10, known: 20, once: 4, twice: 2, visits: 50 },
    })
    expect([estimated, newPerRun, statesPerRun]).toEqual([22, 0.4, 5]) // 20 + 9/10 * 4 * 3 / (2 * 3) = 21.8
    expect((1 - violating) ** 80).toBeCloseTo(0.05)
  })

  test('is right for states that are alike, and too low where some are rare, never too high', () => {
    const alike = drawn(2000, 500, 30)
    expect(alike.states, `seed ${seed}`).toBeLessThan(1200)
    expect(Math.abs(alike.estimated - 2000), `${unseenText(alike)}, seed ${seed}`).toBeLessThan(300)
    const rare = drawn(2000, 500, 30, 4)
    expect(rare.estimated, `seed ${seed}`).toBeGreaterThan(rare.states)
    expect(rare.estimated, `seed ${seed}`).toBeLessThan(2000)
  })

  test('is not made from fewer than eight counted runs, of which there is one in ten', () => {
    const { state } = urn()
    const census = new Census()
    for (let run = 0; run < 70; run += 1) if (census.begin(state)) census.add()
    expect(census.unseen()).toBeUndefined()
    if (census.begin(state)) census.add()
    expect(census.unseen()).toMatchObject({ runs: 71, counted: 8, states: 1, estimated: 1, newPerRun: 0 })
  })

  test('counts a state once a run, and no states of a machine that is too large to read', () => {
    const { state } = urn()
    const census = new Census()
    for (let run = 0; run < 80; run += 1) if (census.begin(state)) for (let at = 0; at < 5; at += 1) census.add()
    expect(census.unseen()).toMatchObject({ states: 1, statesPerRun: 1 })
    const large = { bytes: new Uint8Array(1 << 20) } as State
    expect(Array.from({ length: 10 }, () => new Census().begin(large))).not.toContain(true)
  })

  test('is told of what was searched least', () => {
    const [much, little] = [drawn(50, 4000, 20), drawn(5000, 400, 20)]
    expect(leastSearched([{ unseen: much }, { unseen: little }, {}])?.unseen).toEqual(little)
    expect(leastSearched([{}])).toBeUndefined()
    const text = unseenText({ ...little, configuration: 'plain', unsaid: 2 })
    expect(text).toMatch(/^searched least in configuration "plain"; with 95 % confidence fewer than 1 in 134 such runs/)
    expect(text).toMatch(/in 40 of 400 runs, at least [\d,]+ can be reached \(Chao2\); one more run would reach/)
    expect(text).toMatch(/\(Good-Turing\); too few runs to say in 2 other configurations$/)
  })
})

const platform = 'tdx-2021-reading'
const one = { pages: 1, pagesPerSuperpage: 1, vcpus: 1, devices: 1 }
const two = { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1 }
const runs = 1500
const [balance] = properties.filter(({ name }) => name === 'accounts-balance')
const small: readonly (readonly [string, MachineConfigInput])[] = [
  ['one page, where runs see nearly every state', { design: 'on-demand-4k', driver: 'type1v2', platform, scope: one }],
  ['page by page', { design: 'on-demand-4k', driver: 'type1v2', platform, scope: two }],
  ['an attribute first', { design: 'attributes-first', driver: 'iommufd', platform, scope: two }],
  ['a superpage that is cut', { design: 'hitless-cut', driver: 'hitless-cut', platform, scope: two }],
  ['two vCPUs', { design: 'pin-all', driver: 'type1v2', platform, scope: { ...two, vcpus: 2 } }],
]

/** Fixed: of single seeds one in eight gives an estimate that is too high, and a test of them would fail as often. */
const seeds = [1, 2, 3]

describe('beside the number of states that a search of all of them counts, on a machine with', () => {
  test.each(small)(
    '%s: half of the estimates are no higher, and the next runs find as many new states as each says',
    { tags: 'long' },
    (_, setup) => {
      const { machine } = must(buildMachine(setup))
      const system = new ModelSystem(machine, [])
      const truth = explore(system, makeOwnMemory(system.packing, 50_000), { exhaust: true }).states
      const simulator = new Simulator(machine)
      const estimates = seeds.map((begin) => {
        const { unseen, more } = drawnTwice(simulator, begin)
        const where = `${unseenText(unseen)}; in truth ${truth}; seed ${begin}`
        expect(unseen.states, where).toBeLessThanOrEqual(truth)
        expect(more.states, where).toBeLessThanOrEqual(truth)
        const found = more.states - unseen.states
        const [most, least] = [unseen.newPerRun, more.newPerRun].map((rate) => rate * (more.counted - unseen.counted))
        expect(found, where).toBeLessThanOrEqual(most * 1.3 + 10)
        expect(found, where).toBeGreaterThanOrEqual(least * 0.7 - 10)
        return unseen.estimated
      })
      const median = estimates.sort((a, b) => a - b)[estimates.length >> 1]
      const said = `estimates of seeds ${seeds}: ${estimates}; in truth ${truth}`
      expect(median, said).toBeGreaterThanOrEqual(truth * 0.6)
      expect(median, said).toBeLessThanOrEqual(truth * 1.05)
    },
  )
})

/** What random runs say of the states that they did not see, and what as many runs more say. */
function drawnTwice(simulator: Simulator, begin: number): { readonly unseen: Unseen; readonly more: Unseen } {
  const census = new Census()
  const draw = (from: number) =>
    searchRandom(simulator, balance === undefined ? [] : [balance], {
      seed: begin + from,
      runs,
      length: 160,
      choice: 'biased',
      census,
    })
  draw(0)
  const unseen = census.unseen()
  draw(runs)
  const more = census.unseen()
  if (unseen === undefined || more === undefined) throw new Error('too few runs')
  return { unseen, more }
}

test('the part of runs that may violate shrinks as runs are made, to three in so many', () => {
  expect(violatingPart(1)).toBeCloseTo(0.95)
  expect(violatingPart(10_000) * 10_000).toBeCloseTo(3, 1)
})
