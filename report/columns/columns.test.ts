import { expect, test } from 'vitest'
import { properties } from '../../properties/index.js'
import { raceActions, raceSetup, runOf, simulatorOf } from '../../search/testing/race.js'
import { record } from '../../search/trace.js'
import { golden } from '../testing/golden.js'
import { columns, columnsOfTrace } from './columns.js'
import { mailWidth } from './wrap.js'

const hostSurvives = properties.find(({ name }) => name === 'host-survives') ?? properties[0]

test('a counterexample is printed in columns, with what each DMA led to', () => {
  const property = hostSurvives
  if (property === undefined) throw new Error('no property')
  const why = 'the host takes a machine check at page 1'
  const text = `${columns(simulatorOf(raceSetup), runOf(raceActions), { property, why })}\n`
  expect(text).toBe(golden(new URL('golden/columns.txt', import.meta.url), text))
})

test('a mail has room for every line, even for eight vCPUs and eight devices', () => {
  const setup = { ...raceSetup, scope: { ...raceSetup.scope, pages: 16, vcpus: 8, devices: 8 } }
  const requests = Array.from({ length: 8 }, (_, at) => `guest.convert vcpu=${at} gfn=${at} count=1 to=private`)
  const dma = Array.from({ length: 8 }, (_, at) => [
    `dma.issue device=${at} gfn=${8 + at} access=write half=mapped`,
    `vtd.walk device=${at} fill=no`,
  ]).flat()
  const text = columns(simulatorOf(setup), runOf([...requests, ...dma]))
  expect(text.split('\n').filter((line) => line.length > mailWidth)).toEqual([])
  expect(text.split('\n')[0]).toBe('  v0 v1 v2 v3 v4 v5 v6 v7 d0 d1 d2 d3 d4 d5 d6 d7 io')
})

test('an errno other than ok is shown behind its step', () => {
  const setup = {
    ...raceSetup,
    design: 'on-demand-4k',
    scope: { ...raceSetup.scope, start: 'private' as const, entryLimit: 0 },
  }
  const text = columns(
    simulatorOf(setup),
    runOf([
      'guest.convert vcpu=0 gfn=0 count=1 to=shared',
      'lock.acquire vcpu=0 lock=vm',
      'kvm.set-attributes vcpu=0 gfn=0 count=1 to=shared',
      'lock.acquire vcpu=0 lock=container',
      'vfio.map-dma vcpu=0 iovfn=0 count=1',
    ]),
  )
  expect(text).toContain('  vfio.map-dma iovfn=0 → ENOSPC')
})

test('a DMA that is blocked says why', () => {
  const setup = { ...raceSetup, scope: { ...raceSetup.scope, start: 'private' as const } }
  const text = columns(
    simulatorOf(setup),
    runOf(['dma.issue device=0 gfn=0 access=read half=mapped', 'vtd.walk device=0 fill=no']),
  )
  expect(text).toContain('vtd.walk device=0 → blocked: not present')
})

test('a trace of a design that is not at hand is still printed, as plain actions', () => {
  const bench = simulatorOf(raceSetup)
  const found = { property: 'host-survives', seed: 1, why: 'it died' }
  const scope = bench.machine.scope
  const setup = {
    design: 'deferred-flush',
    driver: 'type1v2',
    lock: 'vm',
    scope,
    platform: raceSetup.platform,
    parts: [],
  } as const
  const trace = record(bench, { ...setup, parts: [] }, runOf(raceActions.slice(0, 2)), found)
  const foreign = { ...trace, header: { ...trace.header, setup: { ...trace.header.setup, design: 'mine' } } }
  expect(columnsOfTrace(foreign)).toBe(
    '  dma.issue device=0 gfn=1 access=read half=mapped\n  vtd.walk device=0 fill=yes\n  host-survives: it died',
  )
})
