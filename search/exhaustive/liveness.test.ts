import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { explore } from '../../checker/bfs.js'
import { EdgeLog } from '../../checker/liveness/edge-log.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import { StateStore } from '../../checker/state-store.js'
import { type Design, designs, fullName } from '../../designs/index.js'
import { buildMachine, type MachineConfigInput } from '../machine-config.js'
import { replay, Simulator } from '../simulator.js'
import { type ModelExplorationSpec, makeModelSystem } from './exploration-spec.js'
import { findFairLasso, type NonTermination } from './liveness.js'
import { maxStates } from './verdicts.js'

const most = 150_000
const scope = { pages: 2, pagesPerSuperpage: 2, vcpus: 2, devices: 1 } as const

/** What a search of all states finds of conversions that never end, and how many states it stored. */
function search(setup: MachineConfigInput, keepsLoops: boolean) {
  const spec: ModelExplorationSpec = { kind: 'model', setup, properties: ['conversion-ends'], symmetry: false }
  const system = must(makeModelSystem(spec, { keepsLoops }))
  const edges = new EdgeLog()
  const memory = makeOwnMemory(system.packing, Math.min(most, maxStates(spec)))
  const { states, depth, stop } = explore(system, memory, { exhaust: true, onEdge: edges.add })
  return { states, depth, stop, lasso: findFairLasso(system, new StateStore(memory), edges) }
}

/** The states of a lasso's run from where its loop begins on. */
function statesOfLoop(setup: MachineConfigInput, { run, loopFrom }: NonTermination): string[] {
  const simulator = new Simulator(must(buildMachine(setup)).machine)
  const at = (actions: number) => {
    replay(simulator, run.slice(0, actions), [])
    return Buffer.from(simulator.state.bytes).toString('latin1')
  }
  return [at(loopFrom), at(run.length)]
}

const setups = (design: Design): [string, MachineConfigInput][] =>
  design.backings.map((backing) => {
    const machine = { design: fullName(design), driver: design.drivers[0].name, platform: 'tdx-2021-reading' }
    const sizes = { ...design.scope, ...scope, backing }
    return [`${machine.design}, ${backing}`, { ...machine, scope: sizes }]
  })

const others: [string, MachineConfigInput][] = [
  [
    'a guest that races itself without a lock',
    {
      ...{ design: 'on-demand-4k', driver: 'type1v2', platform: 'tdx-2021-reading', lock: 'none' },
      scope: { ...scope, pages: 1, pagesPerSuperpage: 1, guest: 'arbitrary' },
    },
  ],
  ['a pin that keeps a page from being converted', pinRefused('pin-all', 'type1v2')],
  ['a page that is mapped before it is shared', pinRefused('attributes-first', 'iommufd')],
]

function pinRefused(design: string, driver: string): MachineConfigInput {
  const platform = 'tdx-2021-reading inPlacePinCheck=refuse'
  return { design, driver, platform, scope: { ...scope, backing: 'in-place' } }
}

const all = [...designs.flatMap(setups), ...others].filter(([, setup]) => buildMachine(setup).ok)

describe('up to the exchange of two vCPUs, conversions end where they do in all states', () => {
  test.each(all)('%s', { tags: 'long' }, (_, setup) => {
    const [plain, swapped] = [search(setup, false), search(setup, true)]
    expect([swapped.stop, swapped.depth]).toEqual([plain.stop, plain.depth])
    expect(swapped.lasso === undefined).toBe(plain.lasso === undefined)
    expect(swapped.lasso?.loopFrom).toBe(plain.lasso?.loopFrom)
    expect(swapped.states).toBeLessThan(plain.states)
  })
})

test('a loop that is found up to the exchange of two vCPUs returns to the very state in which it began', () => {
  const setup = pinRefused('pin-all', 'type1v2')
  const { lasso } = search(setup, true)
  if (lasso === undefined) throw new Error('a pinned page is refused forever')
  const [begin, end] = statesOfLoop(setup, lasso)
  expect(end).toBe(begin)
  expect(lasso.run.length).toBeGreaterThan(lasso.loopFrom)
})

const counting = (setup: MachineConfigInput): MachineConfigInput => ({ ...setup, parts: ['faultCount'] })
const withFaults = all.filter(([name]) => /^(on-demand-4k|pin-all|deferred-flush|a )/.test(name))

describe('where faults are counted, and the counts forgotten, conversions end where they do without', () => {
  test.each(
    withFaults.flatMap(([name, setup]) =>
      [1, 2].map((vcpus) => [`${name}, vCPUs: ${vcpus}`, { ...setup, scope: { ...setup.scope, vcpus } }] as const),
    ),
  )('%s', (_, setup) => {
    const [without, forgotten] = [search(setup, true), search(counting(setup), true)]
    expect([forgotten.states, forgotten.depth, forgotten.stop]).toEqual([without.states, without.depth, without.stop])
    expect(forgotten.lasso?.loopFrom).toBe(without.lasso?.loopFrom)
    expect(forgotten.lasso?.run.length).toBe(without.lasso?.run.length)
  })
})

test('a loop among states whose counts of faults are forgotten is one of steps that can be taken', () => {
  const setup = counting(pinRefused('pin-all', 'type1v2'))
  const { lasso } = search(setup, true)
  if (lasso === undefined) throw new Error('a pinned page is refused forever')
  const simulator = new Simulator(must(buildMachine(setup)).machine)
  const around = lasso.run.slice(lasso.loopFrom)
  const { skipped } = replay(simulator, [...lasso.run, ...around, ...around], [])
  expect(skipped).toBe(-1)
})
