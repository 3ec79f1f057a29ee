import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { DmaEnd, FaultReason } from '../machine/effects.js'
import { withParts } from '../machine/parts.js'
import { type Platform, presets } from '../machine/platform.js'
import { makeScope, type ScopeInput } from '../machine/scope.js'
import { Ats, Dma, Owner, Tag } from '../machine/state.js'
import { idleHost } from '../plan/idle-host.js'
import { ManualMachine } from '../testing/manual-machine.js'
import * as outcome from './dma-outcome.js'
import { makeLeaf, Perm } from './page-table.js'

/** Two devices behind two units; the DMA of device 1 at page 1 was issued while that was shared. */
function machine(platform: Partial<Platform> = {}, scope: ScopeInput = {}) {
  const given = { ...presets['linux-7.2'], ats: true, dmaToPrivate: 'contained-fault', ...platform } as const
  const parts = withParts('content', 'faultCount', 'unitMessages', 'deviceTlb')
  const made = machineFrom(must(makeScope({ devices: 2, units: 2, ...scope })), given, parts, idleHost)
  const { state: s } = new ManualMachine(made)
  s.dma[1] = Dma.Issued
  s.dmaGfn[1] = 1
  s.dmaShared[1] = 1
  made.touched.clear()
  return { m: made, s }
}

describe('an untrusted access that arrives at a frame', () => {
  const at = (owner: number, write: boolean, dmaToPrivate: Platform['dmaToPrivate']) => {
    const { m, s } = machine({ dmaToPrivate })
    s.owner[1] = owner
    const goesThrough = outcome.accessFrame(m, s, 1, write)
    return { goesThrough, tag: s.tag[1], poison: s.poison[1], hostDead: s.hostDead[0] }
  }
  const clean = { goesThrough: true, tag: Tag.Zero, poison: 0, hostDead: 0 }

  test('of the host leaves data if it writes', () => {
    expect(at(Owner.Host, false, 'host-fatal')).toEqual(clean)
    expect(at(Owner.Host, true, 'host-fatal')).toEqual({ ...clean, tag: Tag.Device })
    expect(at(Owner.Host, true, 'contained-fault')).toEqual({ ...clean, tag: Tag.Device })
  })

  test('of the TD faults, leaves poison or ends the host, as the platform says', () => {
    expect(at(Owner.Td, true, 'contained-fault')).toEqual({ ...clean, goesThrough: false })
    expect(at(Owner.Td, true, 'poison-then-host-fatal')).toEqual({ ...clean, tag: Tag.Device, poison: 1 })
    expect(at(Owner.Td, false, 'poison-then-host-fatal')).toEqual(clean)
    expect(at(Owner.Td, false, 'host-fatal')).toEqual({ ...clean, hostDead: 1 })
    expect(at(Owner.Td, true, 'host-fatal')).toEqual({ ...clean, tag: Tag.Device, hostDead: 1 })
  })
})

test('a DMA that ends says how and where, and leaves nothing in flight', () => {
  const { m, s } = machine()
  for (const view of [s.dmaWrite, s.dmaFrame, s.dmaDomain, s.dmaDrain, s.dmaByDevice]) view.fill(1)
  outcome.done(m, s, 1)
  const { dma, device, gfn, write, wasShared } = m.event
  expect({ dma, device, gfn, write, wasShared }).toEqual({
    dma: DmaEnd.Done,
    device: 1,
    gfn: 1,
    write: 1,
    wasShared: 1,
  })
  expect(m.touched.mask).toBe(0b0010)
  const { dmaGfn, dmaWrite, dmaFrame, dmaDomain, dmaShared, dmaDrain, dmaByDevice } = s
  const left = [s.dma, dmaGfn, dmaWrite, dmaFrame, dmaDomain, dmaShared, dmaDrain, dmaByDevice, s.dmaOther]
  expect(left.map((view) => view[1])).toEqual(left.map(() => 0))
  expect([s.dmaWrite[0], s.dmaByDevice[0]]).toEqual([1, 1])
})

test('a DMA beyond the half of the address space that is mapped is of no page', () => {
  const { m, s } = machine()
  s.dmaOther[1] = 1
  outcome.done(m, s, 1)
  expect([m.event.gfn, m.touched.mask, s.dmaOther[1]]).toEqual([-1, 0, 0])
})

describe('a DMA that is blocked', () => {
  test('is recorded by its own unit, whose message goes to the frame that the host chose', () => {
    const { m, s } = machine({ dmaToPrivate: 'poison-then-host-fatal' })
    s.messageFrame.set([2, 3])
    s.owner[2] = Owner.Td
    outcome.block(m, s, 1, FaultReason.NoRead)
    const { dma, reason, recorded } = m.event
    expect({ dma, reason, recorded }).toEqual({ dma: DmaEnd.Blocked, reason: FaultReason.NoRead, recorded: 1 })
    expect([[...s.faults], s.poison[1], s.poison[2], m.touched.mask]).toEqual([[0, 1], 0, 1, 0b1111])
    expect(s.dma[1]).toBe(Dma.Idle)
  })

  test('has no message where the host chose no frame', () => {
    const { m, s } = machine({ dmaToPrivate: 'host-fatal' })
    s.owner.fill(Owner.Td)
    outcome.block(m, s, 1, FaultReason.NotPresent)
    expect([s.hostDead[0], m.touched.mask]).toEqual([0, 0b0010])
  })
})

describe('a leaf', () => {
  const used = (
    leaf: number,
    write: number,
    platform: Partial<Platform> = {},
    owner: number = Owner.Host,
    large = false,
  ) => {
    const { m, s } = machine(platform)
    s.dmaWrite[1] = write
    s.owner[0] = owner
    expect(outcome.permits(s, 1, leaf)).toBe(leaf !== 0 && ((leaf >>> write) & 1) === 1)
    s.attached[1] = 2
    outcome.useLeaf(m, s, 1, leaf, large)
    return m.event.dma === DmaEnd.Blocked ? m.event.reason : [s.dma[1], s.dmaFrame[1], s.dmaDomain[1], m.touched.mask]
  }
  const leaf = (permissions: number) => makeLeaf(1, permissions)
  const through = [Dma.Translated, 2, 1, 0b0010]

  test('lets the access through that it permits, and blocks others for their reason', () => {
    expect([used(leaf(Perm.Both), 0), used(leaf(Perm.Both), 1)]).toEqual([through, through])
    expect([used(leaf(Perm.Read), 0), used(leaf(Perm.Write), 1)]).toEqual([through, through])
    expect([used(leaf(Perm.Read), 1), used(leaf(Perm.Write), 0)]).toEqual([FaultReason.NoWrite, FaultReason.NoRead])
    expect([used(0, 0), used(0, 1)]).toEqual([FaultReason.NotPresent, FaultReason.NotPresent])
  })

  test('to a frame of the TD is blocked where that is a fault', () => {
    const toTd = (dmaToPrivate: Platform['dmaToPrivate']) => used(makeLeaf(0, Perm.Both), 0, { dmaToPrivate }, Owner.Td)
    expect(toTd('contained-fault')).toBe(FaultReason.PrivateKey)
    expect(toTd('host-fatal')).toEqual([Dma.Translated, 1, 1, 0b0010])
  })

  test('of a superpage is checked as a whole where the platform does so', () => {
    const large = (ownerCheck: Platform['ownerCheck'], isLarge: boolean) =>
      used(leaf(Perm.Both), 0, { ownerCheck }, Owner.Td, isLarge)
    expect([large('leaf', true), large('leaf', false), large('frame', true)]).toEqual([
      FaultReason.PrivateKey,
      through,
      through,
    ])
    expect(used(leaf(Perm.Both), 0, { ownerCheck: 'leaf' }, Owner.Host, true)).toEqual(through)
  })
})

test.each([0, 1, 2, 3])('the leaf of a superpage is checked from first frame to last: DMA at page %i', (gfn) => {
  const blockedBy = (frame: number) => {
    const { m, s } = machine({ ownerCheck: 'leaf' })
    s.dmaGfn[1] = gfn
    s.owner[frame] = Owner.Td
    outcome.useLeaf(m, s, 1, makeLeaf(gfn, Perm.Both), true)
    return s.dma[1] === Dma.Idle
  }
  const own = gfn < 2 ? [0, 1] : [2, 3]
  expect([0, 1, 2, 3, 4].filter(blockedBy)).toEqual(own)
})

test('a DMA by what the device itself translated is known as such, if it continues', () => {
  const by = (leaf: number) => {
    const { m, s } = machine()
    outcome.useOwnLeaf(m, s, 1, leaf, false)
    return [s.dma[1], s.dmaByDevice[1]]
  }
  expect([by(makeLeaf(1, Perm.Read)), by(makeLeaf(1, Perm.Write))]).toEqual([
    [Dma.Translated, 1],
    [Dma.Idle, 0],
  ])
})

test('an address is one that the IOMMU may abort by which half it lies in and whether it keeps the SHARED bit', () => {
  const isPrivate = (
    privateGpaInput: Platform['privateGpaInput'],
    iovaShared: Platform['iovaShared'],
    other: number,
  ) => {
    const { m, s } = machine({ privateGpaInput, iovaShared })
    s.dmaOther[1] = other
    return outcome.isPrivateInput(m, s, 1)
  }
  expect([isPrivate('aborts', 'kept', 1), isPrivate('aborts', 'kept', 0)]).toEqual([true, false])
  expect([isPrivate('aborts', 'stripped', 1), isPrivate('aborts', 'stripped', 0)]).toEqual([false, true])
  expect([isPrivate('passes', 'kept', 1), isPrivate('passes', 'stripped', 0)]).toEqual([false, false])
})

test('a device keeps translations if it has a TLB, and where ATS comes late if that is on', () => {
  const [always, late] = [machine(), machine({}, { lateAts: true })]
  expect(outcome.keepsInDevice(always.s, 1)).toBe(true)
  const keeps = (bits: number) => {
    late.s.ats[1] = bits
    return outcome.keepsInDevice(late.s, 1)
  }
  expect([keeps(0), keeps(Ats.Tagged), keeps(Ats.On)]).toEqual([false, false, true])
  expect(outcome.keepsInDevice(machine({ ats: false }).s, 1)).toBe(false)
})
