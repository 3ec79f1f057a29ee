import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { type BuiltMachine, buildMachine, type MachineConfigInput } from '../../search/machine-config.js'
import { Simulator } from '../../search/simulator.js'
import { raceActions, raceSetup, runOf } from '../../search/testing/race.js'
import { record, type Trace } from '../../search/trace.js'
import { golden } from '../testing/golden.js'
import { columns, columnsOfTrace } from './columns.js'
import { mailWidth } from './wrap.js'

const found = {
  property: 'host-survives',
  seed: 1,
  why: 'the host takes a machine check at page 1',
  broken: 'tdx.dma/shared-only',
}

function traceOf(input: MachineConfigInput, actions: readonly string[]): Trace {
  const { machine, setup } = must<BuiltMachine>(buildMachine(input))
  return record(new Simulator(machine), setup, runOf(actions), found)
}

function plainColumns(input: MachineConfigInput, actions: readonly string[]): string {
  const { header, steps } = traceOf(input, actions)
  return columns(steps, header.setup.scope)
}

test('a counterexample is printed in columns, with what each DMA led to', () => {
  const text = `${columnsOfTrace(traceOf(raceSetup, raceActions))}\n`
  expect(text).toBe(golden(new URL('golden/columns.txt', import.meta.url), text))
})

test('a mail has room for every line, even for eight vCPUs and eight devices', () => {
  const setup = { ...raceSetup, scope: { ...raceSetup.scope, pages: 16, vcpus: 8, devices: 8 } }
  const requests = Array.from({ length: 8 }, (_, at) => `guest.convert vcpu=${at} gfn=${at} count=1 to=private`)
  const dma = Array.from({ length: 8 }, (_, at) => [
    `dma.issue device=${at} gfn=${8 + at} access=write half=mapped`,
    `iommu.walk device=${at} keep=none`,
  ]).flat()
  const text = plainColumns(setup, [...requests, ...dma])
  expect(text.split('\n').filter((line) => line.length > mailWidth)).toEqual([])
  expect(text.split('\n')[0]).toBe('  v0 v1 v2 v3 v4 v5 v6 v7 d0 d1 d2 d3 d4 d5 d6 d7 io')
})

test('an errno other than ok is shown behind its step', () => {
  const setup = {
    ...raceSetup,
    design: 'on-demand-4k',
    driver: 'type1v2',
    scope: { ...raceSetup.scope, start: 'private' as const, entryLimit: 0 },
  }
  const text = plainColumns(setup, [
    'guest.convert vcpu=0 gfn=0 count=1 to=shared',
    'lock.acquire vcpu=0 lock=vm',
    'kvm.set-attributes vcpu=0 gfn=0 count=1 to=shared',
    'lock.acquire vcpu=0 lock=container',
    'vfio.map-dma vcpu=0 iovfn=0 count=1',
  ])
  expect(text).toContain('  vfio.map-dma iovfn=0 → ENOSPC')
})

test('a DMA that is blocked says why', () => {
  const setup = { ...raceSetup, scope: { ...raceSetup.scope, start: 'private' as const } }
  const text = plainColumns(setup, [
    'dma.issue device=0 gfn=0 access=read half=mapped',
    'iommu.walk device=0 keep=none',
  ])
  expect(text).toContain('iommu.walk device=0 → blocked: not present')
})

test('a trace is printed as it was recorded: no machine is built, so its design need not be at hand', () => {
  const trace = traceOf(raceSetup, raceActions)
  const foreign = { ...trace, header: { ...trace.header, setup: { ...trace.header.setup, design: 'mine' } } }
  expect(buildMachine(foreign.header.setup).ok).toBe(false)
  expect(columnsOfTrace(foreign)).toBe(columnsOfTrace(trace))
})

test('a trace without effects is printed with its outcomes alone', () => {
  const { header, steps } = traceOf(raceSetup, raceActions)
  const bare = { header, steps: steps.map(({ action, outcome }) => ({ action, outcome })) }
  expect(columnsOfTrace(bare)).toContain('iommu.walk device=0 iotlb\n')
})
