import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { Failure, Flaw } from '../machine/action.js'
import { noParts } from '../machine/parts.js'
import { presets } from '../machine/platform.js'
import { Reg, regOf } from '../machine/registers.js'
import { makeScope } from '../machine/scope.js'
import { Table } from '../machine/state.js'
import { idleHost } from '../plan/idle-host.js'
import { ManualMachine } from '../testing/manual-machine.js'

const platforms = Object.keys(presets) as (keyof typeof presets)[]

/** Two domains of two regions with two pages each. */
function twoDomains(platform: keyof typeof presets): ManualMachine {
  const scope = must(makeScope({ pages: 4, pagesPerSuperpage: 2, vcpus: 1, failures: 1, memlockLimit: 4 }))
  const host = { ...idleHost, domains: 2 }
  const hand = new ManualMachine(machineFrom(scope, presets[platform], noParts, host))
  hand.state.sharedFrame.set([1, 2, 3, 4])
  return hand
}

const small = (iovfn: number, domain = 0) => `iommu.write-entry vcpu=0 domain=${domain} iovfn=${iovfn} size=4k`

/** @returns what a step comes to if its allocation fails, should it make one; it must then have changed nothing */
function outcome(hand: ManualMachine, step: string): string {
  const { state: s } = hand
  s.armed.fill(Failure.Allocation)
  const before = [[...s.pde], [...s.pte], [...s.table], [...s.mapOf], [...s.entriesUsed]]
  const errno = hand.force(step)
  if (errno !== 'ok') expect([[...s.pde], [...s.pte], [...s.table], [...s.mapOf], [...s.entriesUsed]]).toEqual(before)
  s.armed.fill(0)
  return errno
}

test.each(platforms)('on %s a leaf of 4 KiB takes memory where its region has no table, and nowhere else', (name) => {
  const hand = twoDomains(name)
  expect(outcome(hand, small(0))).toBe('ENOMEM')
  hand.force(small(0))
  expect(outcome(hand, small(1))).toBe('ok')
  expect(outcome(hand, small(2))).toBe('ENOMEM')
  expect(outcome(hand, small(0, 1))).toBe('ENOMEM')
  hand.force('iommu.clear-entry vcpu=0 domain=0 iovfn=0 size=4k')
  hand.force('iommu.clear-entry vcpu=0 domain=0 iovfn=1 size=4k')
  expect(outcome(hand, small(0)), 'an empty table is a table').toBe('ok')
  expect(hand.state.table[0]).toBe(Table.Linked)
})

test.each(platforms)('on %s a superpage takes memory in a domain without entries, and nowhere else', (name) => {
  const large = (iovfn: number, domain = 0) => `iommu.write-entry vcpu=0 domain=${domain} iovfn=${iovfn} size=superpage`
  const hand = twoDomains(name)
  expect(outcome(hand, large(0))).toBe('ENOMEM')
  hand.force(large(2))
  expect(outcome(hand, large(0))).toBe('ok')
  expect(outcome(hand, large(0, 1))).toBe('ENOMEM')
})

test('what Linux 6.12 writes into a superpage takes no memory', () => {
  const hand = twoDomains('linux-6.12')
  hand.force('iommu.write-entry vcpu=0 domain=0 iovfn=0 size=superpage')
  expect(outcome(hand, small(1))).toBe('ok')
})

/** Sets a register of the call that vCPU 0 makes. */
const given = (hand: ManualMachine, register: number, value: number) => {
  hand.state.reg[regOf(0, register)] = value
}

const flaws = [Flaw.Empty, Flaw.Wraps, Flaw.Misaligned, Flaw.Outside]
const without = 4
const map = (kind: string) => `${kind} vcpu=0 iovfn=0 count=1`

test('type1 takes memory for a mapping once every check has passed', () => {
  const hand = twoDomains('linux-7.2')
  expect(outcome(hand, map('vfio.map-dma'))).toBe('ENOMEM')
  for (const flaw of flaws) {
    given(hand, Reg.flaw, flaw)
    expect(outcome(hand, map('vfio.map-dma'))).not.toBe('ENOMEM')
  }
  given(hand, Reg.flaw, 0)
  given(hand, Reg.permissions, without)
  expect(outcome(hand, map('vfio.map-dma'))).toBe('EINVAL')
  given(hand, Reg.permissions, 0)
  hand.force(map('vfio.map-dma'))
  expect(outcome(hand, map('vfio.map-dma'))).toBe('EEXIST')
})

test.each(['iommufd.map', 'compat.map'])('%s takes memory for an area before it looks at the range', (kind) => {
  const hand = twoDomains('linux-7.2')
  for (const flaw of flaws) {
    given(hand, Reg.flaw, flaw)
    expect(outcome(hand, map(kind))).toBe(flaw === Flaw.Empty ? 'EINVAL' : 'ENOMEM')
  }
  given(hand, Reg.flaw, 0)
  given(hand, Reg.permissions, without)
  expect(outcome(hand, map(kind)), 'a compatible map does not look at its rights').toBe(
    kind === 'compat.map' ? 'ENOMEM' : 'EINVAL',
  )
  given(hand, Reg.permissions, 0)
  hand.force(map(kind))
  expect(outcome(hand, map(kind))).toBe('ENOMEM')
})
