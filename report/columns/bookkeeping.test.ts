import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { buildMachine } from '../../search/machine-config.js'
import { Simulator } from '../../search/simulator.js'
import { raceActions, raceSetup, runOf } from '../../search/testing/race.js'
import { record, type Trace } from '../../search/trace.js'
import { bracketedSteps, type StepLines, stepsInColumns } from './columns.js'

function traceOf(actions: readonly string[], property = 'no-private-reach'): Trace {
  const { machine, setup } = must(buildMachine(raceSetup))
  return record(new Simulator(machine), setup, runOf(actions), { property, seed: 1, why: 'planted' })
}

/** The lines below the names of the columns, without their indents. */
const linesOf = (trace: Trace, shown?: StepLines): string[] =>
  stepsInColumns(trace, shown)
    .slice(2)
    .map((line) => line.trim())

const upTo = (last: string): string[] =>
  raceActions.slice(0, raceActions.findIndex((text) => text.startsWith(last)) + 1)
const { length } = raceActions

test('a lock stands on the line of the step for which it is taken, and of the one after which it is released', () => {
  const trace = traceOf(raceActions)
  expect(linesOf(trace)).toHaveLength(length - 3)
  expect(linesOf(trace)).toContain('vfio.unmap-dma iovfn=1 (takes vm, container)')
  expect(linesOf(trace)).toContain('container.remove-mapping iovfn=1 (releases container)')
  expect(bracketedSteps(trace)).toBe(3)
})

test('each step has a line where that is asked for', () => {
  expect(linesOf(traceOf(raceActions), 'each')).toHaveLength(length)
})

test('a lock that another actor parts from its step keeps its line', () => {
  const issue = 'dma.issue device=0 gfn=1 access=write half=mapped'
  const lines = linesOf(
    traceOf([...upTo('lock.acquire vcpu=0 lock=container'), issue, ...upTo('iommu.clear-entry').slice(6)]),
  )
  expect(lines.slice(3)).toEqual([
    'guest.convert gfn=1 private',
    'lock.acquire vm',
    'lock.acquire container',
    'dma.issue gfn=1 write',
    'vfio.unmap-dma iovfn=1',
    'iommu.clear-entry iovfn=1 4k',
  ])
})

test('the last step keeps its line: there the property fails', () => {
  expect(linesOf(traceOf(upTo('lock.acquire vcpu=0 lock=container'))).slice(-2)).toEqual([
    'lock.acquire vm',
    'lock.acquire container',
  ])
})

test('each step has a line where the property reads locks or accounts, or its clauses are not known', () => {
  for (const property of ['accounts-balance', 'calls-as-promised', 'conversion-ends', 'a property of a user']) {
    expect({ property, lines: linesOf(traceOf(raceActions, property)).length }).toEqual({ property, lines: length })
  }
})

test('each step has a line where one fails: a lock or a full account may be why', () => {
  const trace = traceOf(raceActions)
  const steps = trace.steps.map((step, index) => (index === 8 ? { ...step, outcome: 'ENOMEM' as const } : step))
  expect(linesOf({ ...trace, steps })).toHaveLength(length)
})

test('a step whose effects another program left out keeps its line', () => {
  const trace = traceOf(raceActions)
  const steps = trace.steps.map(({ action, outcome }) => ({ action, outcome }))
  expect(linesOf({ ...trace, steps })).toHaveLength(length)
})

test('the check of a limit stands behind the step that it counts', () => {
  const { machine, setup } = must(
    buildMachine({
      ...raceSetup,
      design: 'on-demand-4k',
      driver: 'iommufd',
      scope: { ...raceSetup.scope, start: 'private' },
    }),
  )
  const actions = [
    'guest.convert vcpu=0 gfn=0 count=1 to=shared',
    'lock.acquire vcpu=0 lock=vm',
    'kvm.set-attributes vcpu=0 gfn=0 count=1 to=shared',
    'lock.acquire vcpu=0 lock=container',
    'iommufd.map vcpu=0 iovfn=0 count=1',
    'mm.pin-page vcpu=0 iovfn=0',
    'iommufd.account vcpu=0',
  ]
  const found = { property: 'no-private-reach', seed: 1, why: 'planted' }
  const trace = record(
    new Simulator(machine),
    setup,
    runOf([...actions, 'guest.convert vcpu=1 gfn=1 count=1 to=shared']),
    found,
  )
  expect(linesOf(trace).slice(1)).toEqual([
    'kvm.set-attributes gfn=0 shared (takes vm)',
    'iommufd.map iovfn=0 (takes container)',
    'mm.pin-page iovfn=0 (accounts)',
    'guest.convert gfn=1 shared',
  ])
})
