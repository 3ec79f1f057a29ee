import { describe, expect, test } from 'vitest'
import { must } from '../base/result.js'
import { allDesigns, fullName } from '../designs/index.js'
import type { State } from '../model/machine/state.js'
import { buildMachine } from './machine-config.js'
import { type EntryRun, type RecordedState, recordState, restoreState, viewNames, wholeRun } from './recorded-state.js'
import { Simulator } from './simulator.js'

/** The entries of a view as its runs tell them. */
function entries({ length, runs }: { readonly length: number; readonly runs: readonly EntryRun[] }): number[] {
  const all = new Array<number>(length).fill(0)
  for (const { first, value, count, step, times, every, more } of runs.map(wholeRun)) {
    for (let time = 0; time < times; time += 1) {
      for (let at = 0; at < count; at += 1) all[first + time * every + at] = value + time * more + at * step
    }
  }
  return all
}

const told = (recorded: RecordedState) => Object.entries(recorded).map(([name, view]) => [name, entries(view)])
const held = (s: State) =>
  viewNames(s)
    .filter((name) => s[name].length > 0)
    .map((name) => [name, [...s[name]]])

const machines = allDesigns.flatMap((design) =>
  design.drivers.map((driver) => ({ design: fullName(design), driver: driver.name })),
)

test('a recorded state has every entry of every view of the state of each design', () => {
  for (const names of machines) {
    const built = buildMachine({ ...names, scope: { pages: 16, pagesPerSuperpage: 4 }, platform: 'linux-7.2' })
    if (!built.ok) continue
    const { state } = new Simulator(built.value.machine)
    expect(told(recordState(state))).toEqual(held(state))
  }
})

test('a simulator that begins at a record is in the state of each design after its boot, before and after runs', {
  tags: 'long',
}, () => {
  for (const names of machines) {
    const built = buildMachine({ ...names, scope: { pages: 16, pagesPerSuperpage: 4 }, platform: 'linux-7.2' })
    if (!built.ok) continue
    const booted = new Simulator(built.value.machine).state
    const begun = new Simulator(built.value.machine, recordState(booted))
    expect(begun.start).toBeDefined()
    // registers are not recorded: only a plan that runs has any
    if (booted.phase.every((phase) => phase === 0)) expect(begun.state.bytes).toEqual(booted.bytes)
    begun.state.attr.fill(1)
    begun.reset()
    expect(held(begun.state)).toEqual(held(booted))
  }
})

describe('a record of another machine is not restored:', () => {
  const setup = { design: 'pin-all', driver: 'type1v2', scope: { pages: 4 }, platform: 'linux-7.2' }
  const { machine } = must(buildMachine(setup))
  const recorded = recordState(new Simulator(machine).state)

  test.each([
    ['another size of a view', { attr: { length: 8, runs: [] } }],
    ['a view of no machine', { wishes: { length: 1, runs: [] } }],
    ['a run beyond its view', { attr: { length: 4, runs: [[3, 1, 2]] } }],
    ['a run before its view', { attr: { length: 4, runs: [[-1, 1]] } }],
    ['a run that repeats beyond its view', { attr: { length: 4, runs: [[0, 1, 1, 0, 3, 2]] } }],
    ['a run that repeats in its place', { attr: { length: 4, runs: [[0, 1, 1, 0, 1e9]] } }],
  ])('%s', (_, change) => {
    expect(restoreState(machine.blankState(), { ...recorded, ...change })).toBe(false)
    expect(new Simulator(machine, { ...recorded, ...change }).start).toBeUndefined()
  })
})

describe('entries of any kind', () => {
  const { machine } = must(
    buildMachine({ design: 'pin-all', driver: 'type1v2', scope: { pages: 16 }, platform: 'linux-7.2' }),
  )

  test.each([
    ['none', []],
    ['one at the end', [0, 0, 0, 7]],
    ['a fall to 0', [3, 2, 1, 0]],
    ['equal ones, then others', [2, 2, 2, 5, 9, 9]],
    ['the same again and again', [1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]],
    ['more each time', [1, 2, 0, 4, 5, 0, 7, 8, 0, 11, 12]],
  ])('%s are told by the runs of their view', (_, values) => {
    const state = machine.blankState()
    state.mapOf.set(values)
    expect(told(recordState(state))).toEqual(held(state))
  })
})

test('the state of a guest of 64 MiB takes less than 2000 characters', () => {
  const scope = { pages: 1 << 14, pagesPerSuperpage: 512 }
  for (const design of ['pin-all', 'on-demand-4k', 'on-demand-superpage']) {
    const { machine } = must(buildMachine({ design, driver: 'iommufd', scope, platform: 'linux-7.2' }))
    expect(JSON.stringify(recordState(new Simulator(machine).state)).length).toBeLessThan(2000)
  }
})
