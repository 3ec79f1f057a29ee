import { describe, expect, test, vi } from 'vitest'
import { must } from '../../../base/result.js'
import { explore } from '../../../checker/bfs.js'
import { makeOwnMemory } from '../../../checker/memory/store-memory.js'
import { type Accessed, views } from '../../../model/actions/accessed.js'
import { type Kind, relation } from '../../../model/actions/relation.js'
import type { Machine } from '../../../model/machine/machine.js'
import { Reg } from '../../../model/machine/registers.js'
import { Dma, type State } from '../../../model/machine/state.js'
import { conversionEnds, type Property, properties } from '../../../properties/index.js'
import { Monitor } from '../../../properties/monitor.js'
import { property } from '../../../properties/property.js'
import { judgeIndependent } from '../../../referee/independent.js'
import { typeOneLock } from '../../../spec/index.js'
import { buildMachine, type MachineConfigInput } from '../../machine-config.js'
import { type ModelExplorationSpec, makeModelSystem } from '../exploration-spec.js'
import { ModelSystem } from '../model-system.js'
import { verdictsOf } from '../verdicts.js'
import { IndependentSteps } from './independent-steps.js'
import { WaitingVcpus } from './waiting-vcpus.js'

const judged = properties.filter((one) => one !== conversionEnds)
const onePage = { pages: 1, pagesPerSuperpage: 1, vcpus: 1, devices: 1 }
const setup = (design: string, more: Partial<MachineConfigInput> = {}): MachineConfigInput => ({
  design,
  driver: 'type1v2',
  platform: 'tdx-2021-reading',
  ...more,
  scope: { ...onePage, ...more.scope },
})
const twoPages = { pages: 2, pagesPerSuperpage: 2 }
const guest = ['secureEpt', 'content'] as const
const racing = { vcpus: 2, guest: 'arbitrary' } as const

const small = [
  setup('on-demand-4k'),
  setup('on-demand-4k', { scope: { failures: 1 } }),
  setup('on-demand-4k', { parts: [...guest] }),
  setup('on-demand-superpage', { scope: twoPages }),
  setup('hitless-cut', { driver: 'hitless-cut', scope: { ...twoPages, teardown: false } }),
  setup('pin-all'),
  setup('deferred-flush', { driver: 'type1v2-lazy' }),
  setup('on-demand-4k', { scope: { vcpus: 2 }, lock: 'vm' }),
  setup('attributes-first', { scope: { ...racing, teardown: false }, lock: 'vm' }),
  setup('on-demand-4k', { scope: { ...racing, teardown: false }, lock: 'none' }),
].map((one) => ({ name: `${one.design} ${JSON.stringify(one.scope)} ${one.parts ?? ''}`, one }))

const machineOf = (one: MachineConfigInput): Machine => must(buildMachine(one)).machine

function reach(m: Machine, reduce: boolean, asked = judged) {
  const system = new ModelSystem(m, asked, undefined, undefined, reduce)
  const { states, failures } = explore(system, makeOwnMemory(system.packing, 100_000), { exhaust: true })
  const violated = new Set(failures.map((failure) => system.properties[failure.property]))
  return { states, violated: [...violated].sort(), witnessed: [...system.witnessed] }
}

/** What the referee says of the steps that a search takes at once. */
function opinion(m: Machine, asked = judged, asTold = asked) {
  const s = m.blankState()
  const steps = new IndependentSteps(m, s, new Monitor(m, asTold), asTold)
  const takenBy = ({ bytes }: { readonly bytes: Uint8Array }) => {
    s.bytes.set(bytes)
    return steps.takeOne()
  }
  return judgeIndependent(
    m,
    takenBy,
    asked.filter(({ notOn }) => notOn?.(m) === undefined),
  )
}

/** Does something while a row declares other reads and writes. */
function planted<T>(kind: Kind, keeps: (accessed: Accessed) => boolean, act: () => T): T {
  const row = relation[kind] as { reads: readonly Accessed[]; writes: readonly Accessed[] }
  const { reads, writes } = row
  Object.assign(row, { reads: reads.filter(keeps), writes: writes.filter(keeps) })
  try {
    return act()
  } finally {
    Object.assign(row, { reads, writes })
  }
}

describe('a search that takes independent steps at once', () => {
  test.for(small)('sees of $name all violations and witnesses, and stores fewer states', ({ one }) => {
    const m = machineOf(one)
    const [plain, reduced] = [reach(m, false), reach(m, true)]
    expect([reduced.violated, reduced.witnessed]).toEqual([plain.violated, plain.witnessed])
    expect(reduced.states).toBeLessThan(plain.states)
  })

  test.for(small)('takes no step of $name to which the referee objects', ({ one }) => {
    const { left, objection } = opinion(machineOf(one))
    expect(objection).toBeUndefined()
    expect(left).toBeGreaterThan(0)
  })

  test('gives the shortest counterexamples of the plain search', () => {
    const of = (reduce: boolean) => {
      const names = ['no-private-reach', 'no-shared-fault', 'no-stale-frame']
      const spec: ModelExplorationSpec = {
        ...{ kind: 'model', setup: setup('on-demand-superpage', { scope: twoPages }), properties: names },
        ...{ symmetry: false, reduce },
      }
      const system = must(makeModelSystem(spec))
      const explored = explore(system, makeOwnMemory(system.packing, 100_000), { exhaust: false })
      return verdictsOf(spec, system, explored).map((one) => `${one.property} ${one.verdict} ${one.steps}`)
    }
    expect(of(true)).toEqual(of(false))
    expect(of(true)).toContain('no-shared-fault violated 7')
  })

  test('leaves conversion-ends out, and says why', () => {
    const spec: ModelExplorationSpec = {
      ...{ kind: 'model', setup: setup('pin-all'), properties: [conversionEnds.name] },
      ...{ symmetry: false, reduce: true },
    }
    const system = must(makeModelSystem(spec))
    const [verdict] = verdictsOf(
      spec,
      system,
      explore(system, makeOwnMemory(system.packing, 100_000), { exhaust: true }),
    )
    expect([verdict?.verdict, verdict?.why]).toEqual(['not-applicable', expect.stringContaining('reduced search')])
  })

  test('takes none where a property of the user is judged', () => {
    const own: Property = { ...properties[0], name: 'mine' } as Property
    const { judges: _, ...unknown } = own
    const m = machineOf(setup('on-demand-4k'))
    expect(new ModelSystem(m, [unknown], undefined, undefined, true).reduces).toBe(false)
  })
})

/** Fails only between two steps of a map that nothing else depends on, and only if a DMA goes through there. */
const isAmidst = (s: State): boolean =>
  s.closed[0] === 0 && s.lock[1] === 1 && s.reg[Reg.toPrivate] === 0 && s.dma[0] === Dma.Translated
const amidst: Property = property({
  ...{ name: 'amidst', statement: 'A property of this test.', parts: [] },
  clauses: [{ rule: typeOneLock, holdsIn: (_, s) => !isAmidst(s), explain: () => 'a DMA goes through amid a map' }],
  ...{ witness: 'none', witnessBits: () => 0, fullWitness: 0 },
})
const read = views('closed dma lock reg.toPrivate')

describe('a fault in what is declared', () => {
  const m = machineOf(setup('on-demand-4k'))
  const failing = machineOf(setup('on-demand-4k', { scope: { failures: 1 } }))

  test('is seen by the referee where a row leaves out what it reads', () => {
    expect(opinion(m, []).objection).toBeUndefined()
    const isNoTable = (one: Accessed) => one !== 'pde' && one !== 'pte'
    const { objection } = planted('iommu.walk', isNoTable, () => opinion(m, []))
    expect(objection).toBe('the order of two steps shows')
  })

  test('is seen by the referee where a row leaves out what it writes', () => {
    expect(opinion(failing, []).objection).toBeUndefined()
    const { objection } = planted(
      'host.fail-next',
      (one) => one !== 'own.armed',
      () => opinion(failing, []),
    )
    expect(objection).toBeDefined()
  })

  test('is seen by the referee where a vCPU need not wait for another', () => {
    const two = machineOf(setup('on-demand-4k', { scope: { ...racing, teardown: false }, lock: 'none' }))
    const waits = vi.spyOn(WaitingVcpus.prototype, 'allButOne').mockReturnValue(true)
    try {
      expect(opinion(two, []).objection).toBeDefined()
    } finally {
      waits.mockRestore()
    }
  })

  test('is seen by the verdicts and by the referee where a property leaves out what it reads', () => {
    const told = (states: readonly Accessed[]): Property[] => [{ ...amidst, judges: { states: [states], steps: [] } }]
    expect(reach(m, false, [amidst]).violated).toEqual(['amidst'])
    expect(reach(m, true, told(read)).violated).toEqual(['amidst'])
    expect(reach(m, true, told([])).violated).toEqual([])
    expect(opinion(m, [amidst], told(read)).objection).toBeUndefined()
    expect(opinion(m, [amidst], told([])).objection).toContain('a state violates')
  })
})
