import { describe, expect, test } from 'vitest'
import { B1 } from '../../checker/b1.js'
import { explore } from '../../checker/bfs.js'
import { Stop } from '../../checker/control/barrier.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import { StateStore } from '../../checker/state-store.js'
import { CandidateCodes, forEachEnabled, step } from '../../model/actions/step.js'
import { initialState } from '../../model/initial-state.js'
import { codeLength } from '../../model/machine/action.js'
import { properties } from '../../properties/index.js'
import type { MachineConfigInput } from '../machine-config.js'
import { replay, Simulator } from '../simulator.js'
import { makeModelSystem } from './exploration-spec.js'
import { runTo } from './path.js'

const small: MachineConfigInput = {
  design: 'on-demand-4k',
  driver: 'type1v2',
  platform: 'tdx-2021-reading',
  scope: { pages: 2, pagesPerSuperpage: 2, vcpus: 1, devices: 1 },
}
const all = properties.map(({ name }) => name)

function modelOf(setup: MachineConfigInput) {
  const made = makeModelSystem({ kind: 'model', setup, properties: all, symmetry: false })
  if (!made.ok) throw new Error(made.problem.message)
  return made.value
}

function exploreAll(setup: MachineConfigInput, states = 100_000) {
  const system = modelOf(setup)
  const memory = makeOwnMemory(system.packing, states)
  return { system, memory, result: explore(system, memory, { exhaust: true }) }
}

/** Every state by the plainest search there is: a set of strings. */
function plainly(setup: MachineConfigInput): { states: number; transitions: number } {
  const { machine: m } = modelOf(setup)
  const s = initialState(m)
  const seen = new Set([s.bytes.join()])
  const waiting = [s.bytes.slice()]
  let transitions = 0
  for (const bytes of waiting) {
    const list: Int32Array[] = []
    s.bytes.set(bytes)
    forEachEnabled(m, s, new Int32Array(codeLength), (a) => list.push(a.slice()))
    for (const action of list) {
      s.bytes.set(bytes)
      step(m, s, action)
      transitions += 1
      if (seen.has(s.bytes.join())) continue
      seen.add(s.bytes.join())
      waiting.push(s.bytes.slice())
    }
  }
  return { states: seen.size, transitions }
}

test('candidates whose codes are kept are the actions, in the order, of those that are written anew', () => {
  const { machine: m } = modelOf({ ...small, scope: { ...small.scope, vcpus: 2 } })
  const s = initialState(m)
  const codes = new CandidateCodes(m)
  const actions = (kept?: CandidateCodes): string[] => {
    const list: string[] = []
    forEachEnabled(m, s, new Int32Array(codeLength), (a) => list.push(a.join(' ')), kept)
    return list
  }
  for (let taken = 0; taken < 2000; taken += 1) {
    const enabled = actions()
    expect(actions(codes)).toEqual(enabled)
    step(m, s, Int32Array.from((enabled[(taken * 7) % enabled.length] ?? '').split(' '), Number))
    if (s.closed[0] !== 0) initialState(m, s)
  }
})

describe('B1', () => {
  /** Counts and depths as TLC has them; the initial state is at depth 1. */
  test.each([
    { N: 3, V: 1, D: 1, states: 630, depth: 15 },
    { N: 3, V: 2, D: 2, states: 11_301, depth: 17 },
    { N: 4, V: 2, D: 2, states: 90_717, depth: 21 },
    { N: 5, V: 2, D: 2, states: 597_843, depth: 25 },
  ])('has as many states as TLC finds: N=$N V=$V D=$D', ({ states, depth, ...scope }) => {
    const system = new B1(scope)
    const result = explore(system, makeOwnMemory(system.packing, 700_000), { exhaust: true })
    expect(result).toMatchObject({ stop: Stop.Complete, states, depth, failures: [] })
  })

  test('takes 594,072 steps from its 90,717 states at N=4 V=2 D=2', () => {
    const system = new B1({ N: 4, V: 2, D: 2 })
    expect(explore(system, makeOwnMemory(system.packing, 100_000), { exhaust: true }).transitions).toBe(594_072)
  })
})

describe('the reference model', () => {
  test.each([
    ['plain', small],
    ['with two vCPUs', { ...small, scope: { ...small.scope, vcpus: 2 } }],
    ['with failures', { ...small, scope: { ...small.scope, failures: 1 } }],
  ] as const)('%s has the states and steps that the plainest search finds', (_, setup) => {
    expect(exploreAll(setup).result).toMatchObject(plainly(setup))
  })

  test('shows a shortest violation, which replays', () => {
    const setup = { ...small, design: 'pin-all' }
    const { system, memory, result } = exploreAll(setup)
    const found = result.failures.map(({ property }) => system.properties[property])
    expect(found).toEqual(['no-stale-frame', 'single-backing'])
    for (const one of result.failures) {
      const run = runTo(system, new StateStore(memory), one)
      const property = properties[one.property]
      const replayed = replay(new Simulator(system.machine), run, property)
      expect(replayed.failure?.property).toBe(property)
      expect([replayed.taken.length, replayed.skipped]).toEqual([one.depth, -1])
    }
  })

  test('says so when its memory is full', () => {
    expect(exploreAll({ ...small, scope: { ...small.scope, vcpus: 2 } }, 1000).result.stop).toBe(Stop.States)
  })
})
