import { expect, test } from 'vitest'
import { CallKind, ConversionEnd, DmaEnd, FaultReason, reasonNames } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { presets } from '../model/machine/platform.js'
import { Attr, Dmar, Owner, Phase, Sept, Slot } from '../model/machine/state.js'
import { makeLeaf, Perm, writePage } from '../model/memory/page-table.js'
import { vcpuKey } from '../model/memory/tlb-tracking.js'
import { GuestView } from '../model/plan/interpreter.js'
import { hostSurvives, noPrivateReach, noSharedFault, noStaleFrame } from './reach.js'
import { all, type Breach, judges, type Unlike, witnessOf } from './testing/by-hand.js'

type Spoil = Breach['spoil']

const event =
  (what: Partial<Machine['event']>): Spoil =>
  (m) =>
    Object.assign(m.event, what)

const dies =
  (what: Partial<Machine['event']>): Spoil =>
  (m, s) => {
    s.hostDead[0] = 1
    Object.assign(m.event, what)
  }

judges(
  hostSurvives,
  [
    {
      that: 'a host CPU touches a private page',
      spoil: dies({ hostAccess: 1, gfn: 2 }),
      breaks:
        'tdx.integrity/host-cpu-access: the host takes a machine check: a host CPU touches page 2, which is private',
    },
    {
      that: 'the guest consumes poison',
      spoil: dies({ readPoison: 1, gfn: 2 }),
      breaks: 'tdx.integrity/poison-consumed: the host takes a machine check: the guest reads poison in page 2',
    },
    {
      that: 'a unit writes to the TD',
      spoil: dies({ dma: DmaEnd.Blocked, gfn: 2 }),
      breaks:
        'vtd.unit/own-writes: the host takes a machine check: a unit writes its fault message to a frame of the guest',
    },
    {
      that: 'a device writes to the TD',
      spoil: dies({ dma: DmaEnd.Done, gfn: 2 }),
      breaks: 'tdx.dma/shared-only: the host takes a machine check at page 2',
    },
    {
      that: 'it does so beyond the guest',
      spoil: dies({ dma: DmaEnd.Done, gfn: -1 }),
      breaks: 'tdx.dma/shared-only: the host takes a machine check at a DMA beyond the guest',
    },
  ],
  [
    { that: 'a host CPU faults', spoil: event({ hostAccess: 1 }) },
    { that: 'the TD dies of poison', spoil: event({ readPoison: 1 }) },
    { that: 'a DMA is blocked', spoil: event({ dma: DmaEnd.Blocked }) },
  ],
)

const { NotPresent, NoWrite, RmpCheck, MptCheck, GranuleProtection, Stage2 } = FaultReason

/** A DMA to a page that stayed shared is lost: what refused it, and the rule that is broken. */
const lostByArchitecture: readonly Breach[] = (
  [
    ['sev-snp', NotPresent, 'kvm.vmm/maps-shared'],
    ['sev-snp', RmpCheck, 'snp.dma/rmp-checked'],
    ['riscv-cove', NotPresent, 'kvm.vmm/maps-shared'],
    ['riscv-cove', MptCheck, 'riscv.iompt/address-checked'],
    ['arm-cca', NoWrite, 'kvm.vmm/maps-shared'],
    ['arm-cca', GranuleProtection, 'cca.dma/gpt-checked'],
    ['pkvm', NotPresent, 'kvm.vmm/maps-shared'],
    ['pkvm', Stage2, 'pkvm.iommu/share-maps'],
    ['linux-7.2', NotPresent, 'tdx.dma/shared-only'],
    ['tdx-connect', NotPresent, 'tdx.dma/shared-only'],
  ] as const
).map(([preset, reason, rule]) => ({
  that: `on ${preset} it faults by reason ${reasonNames[reason]}`,
  on: { platform: presets[preset], ...(preset === 'pkvm' ? { scope: { backing: 'in-place' } } : {}) },
  spoil: event({ dma: DmaEnd.Blocked, wasShared: 1, device: 0, gfn: 2, reason }),
  breaks: `${rule}: device 0 faults at page 2, which has been shared since the DMA was issued`,
}))

judges(
  noSharedFault,
  [
    {
      that: 'a DMA faults at a page that stayed shared',
      spoil: event({ dma: DmaEnd.Blocked, wasShared: 1, device: 0, gfn: 2 }),
      breaks: 'tdx.dma/shared-only: device 0 faults at page 2, which has been shared since the DMA was issued',
    },
    ...lostByArchitecture,
  ],
  [
    { that: 'it faults at a page that was not', spoil: event({ dma: DmaEnd.Blocked, wasShared: 0 }) },
    { that: 'it is done', spoil: event({ dma: DmaEnd.Done, wasShared: 1 }) },
  ],
)

const second: Unlike = { scope: { secondContainer: true } }
/** The second container has the first frame of page 1. */
const pinned: Spoil = (_, s) => {
  s.secondPin[1] = 2
  s.pins[1] = 1
}
const ofTd: Spoil = (_, s) => s.owner.fill(Owner.Td, 1, 2)
const trusting: Unlike = {
  parts: ['secureEpt', 'content'],
  platform: { architecture: 'tdx-connect' },
  scope: { trustedDevices: 1 },
}
/** KVM's EPT of the shared half has the first frame of page 1. */
const inSharedEpt: Spoil = (_, s) => s.sharedEpt.fill(1, 1, 2)
const cachedBy =
  (isPrivate: boolean): Spoil =>
  (_, s) => {
    s.trustedKey[0] = vcpuKey(1, isPrivate)
    s.trustedFrame[0] = 2
  }
/** The interface of the trusted device has a life, and begins unlocked. */
const living: Unlike = { ...trusting, scope: { trustedDevices: 1, interfaceLife: true } }
const entry: Spoil = (_, s) => s.dmar.fill(Dmar.Present)
const walked: Spoil = (_, s) => {
  s.sept[1] = Sept.Mapped
  s.privateFrame[1] = 2
}
const byShared =
  'tdx.shared-half/unmap-before-private at 1: ' +
  "a trusted device reaches the guest's frame of page 1 by its shared address"

judges(
  noPrivateReach,
  [
    {
      that: 'a second container leads to a frame of the TD',
      on: second,
      spoil: all(pinned, ofTd),
      breaks:
        "tdx.dma/unmap-before-private at 1: the device reaches the guest's frame of page 1 through a second container",
    },
    {
      that: 'the shared half of a trusted device leads to a frame of the TD',
      on: trusting,
      spoil: all(inSharedEpt, ofTd),
      breaks: byShared,
    },
    { that: 'a unit has it cached', on: trusting, spoil: all(cachedBy(false), ofTd), breaks: byShared },
    {
      that: 'a device that is not verified has an entry, and a unit has cached a frame of the guest for it',
      on: living,
      spoil: all(cachedBy(true), ofTd, entry),
      breaks:
        'tdisp.interface/evidence-first at 1: a device that the guest has not verified reaches its frame of page 1',
    },
    {
      that: 'its walk leads there',
      on: living,
      spoil: all(ofTd, entry, walked),
      breaks:
        'tdisp.interface/evidence-first at 1: a device that the guest has not verified reaches its frame of page 1',
    },
  ],
  [
    { that: 'a device that is not verified has no entry', on: living, spoil: all(cachedBy(true), ofTd, walked) },
    { that: 'it is verified', on: living, spoil: all(ofTd, entry, walked, (_, s) => s.attested.fill(1)) },
    { that: 'nothing leads there', on: second, spoil: ofTd },
    { that: 'a trusted device reaches it by a private address', on: trusting, spoil: all(cachedBy(true), ofTd) },
    { that: 'the shared half leads to a frame of the host', on: trusting, spoil: all(inSharedEpt, cachedBy(false)) },
    {
      that: 'the root leads to no shared half',
      on: trusting,
      spoil: all(inSharedEpt, ofTd, (_, s) => s.sharedRoot.fill(0)),
    },
  ],
)

const slots: Unlike = { scope: { slotChanges: true } }
const mirror: Unlike = { host: { pins: false } }
const leaf: Spoil = (m, s) => writePage(m, s, 0, 1, makeLeaf(1, Perm.Both))
const mapped = all(leaf, (_, s) => s.pins.fill(1, 1, 2))
const slot =
  (state: number): Spoil =>
  (_, s) =>
    s.slotState.fill(state)
const through = (rule: string, what: string) => `${rule} at 1: page 1 is reached through the tables ${what}`
const moved: Spoil = (_, s) => s.sharedFrame.fill(6, 1, 2)
/** Under pKVM page 1 is private, and the guest has not faulted on it: its frame is the host's. */
const undonated: Unlike = {
  scope: { backing: 'in-place', start: 'private' },
  platform: presets.pkvm,
  parts: ['secureEpt'],
}

judges(
  noStaleFrame,
  [
    ...[Slot.Deleted, Slot.Absent, Slot.Kept].map((state) => ({
      that: `the slot is in state ${state}`,
      on: slots,
      spoil: all(mapped, slot(state)),
      breaks: through('kvm.memslots/is-memory', 'though the guest has no memory there'),
    })),
    {
      that: 'the frame is not pinned',
      spoil: leaf,
      breaks: through('vfio.removal/unpin-after-sync', 'at a frame that is no longer pinned'),
    },
    {
      that: 'the frame is free',
      spoil: all(mapped, (_, s) => s.owner.fill(Owner.Free, 1, 2)),
      breaks: through('kvm.host-memory/pin-holds-frame', 'at a frame that was freed'),
    },
    {
      that: 'the pinned frame does not back the page',
      spoil: all(mapped, moved),
      breaks: through('vfio.accounting/pin-keeps-page', 'at a pinned frame that does not back it'),
    },
    {
      that: 'a mirror leads to a frame that does not back the page',
      on: mirror,
      spoil: all(leaf, moved),
      breaks: through('kvm.mirror/truncate', 'at a frame that does not back it'),
    },
    {
      that: 'a mirror has an entry for a page without a frame',
      on: mirror,
      spoil: (m, s) => writePage(m, s, 0, 1, makeLeaf(-1, Perm.Both)),
      breaks: through('kvm.mirror/truncate', 'at a frame that does not back it'),
    },
    {
      that: 'the guest was given the page, and an SMMU still leads there',
      on: undonated,
      spoil: all(mapped, ofTd),
      breaks: through('vfio.accounting/pin-keeps-page', 'at a pinned frame that does not back it'),
    },
  ],
  [
    { that: 'a page is mapped', spoil: mapped },
    { that: 'a page is mapped that the guest has not got yet', on: undonated, spoil: mapped },
    { that: 'a mirror leads to the backing', on: mirror, spoil: leaf },
    {
      that: 'memory of a device is mapped, which nothing pins',
      on: { scope: { devicePages: 1 } },
      spoil: (m, s) => writePage(m, s, 0, 3, makeLeaf(s.sharedFrame[3] - 1, Perm.Both)),
    },
    ...[Slot.There, Slot.Going, Slot.Invalid, Slot.Coming, Slot.Created].map((state) => ({
      that: `a page is mapped whose slot is in state ${state}`,
      on: slots,
      spoil: all(mapped, slot(state)),
    })),
  ],
)

test('what the guest makes private, or has made so, is what a device must try', () => {
  const tried = (gfn: number, view: number, dma: number = DmaEnd.Done) =>
    witnessOf(noPrivateReach, {}, (m, s) => {
      s.guestView[1] = view
      s.attr[1] = Attr.Private
      Object.assign(m.event, { dma, gfn })
    })
  expect([GuestView.Private, GuestView.BecomingPrivate, GuestView.Shared].map((view) => tried(1, view))).toEqual([
    1, 1, 0,
  ])
  expect([tried(-1, GuestView.Private), tried(2, GuestView.Private)]).toEqual([0, 0])
  expect(tried(1, GuestView.Private, DmaEnd.None)).toBe(0)
  expect(tried(1, GuestView.Private, DmaEnd.Blocked)).toBe(noPrivateReach.fullWitness)
})

test('no-stale-frame is witnessed by a DMA that goes through, and by an answer to a conversion or a raw call', () => {
  const raw: Unlike = { scope: { calls: true } }
  const seen = (on: Unlike, what: Partial<Machine['event']>) => witnessOf(noStaleFrame, on, event(what))
  expect(seen({}, { dma: DmaEnd.Done })).toBe(2)
  expect(seen({}, { dma: DmaEnd.Blocked })).toBe(0)
  expect(seen({}, { conversion: ConversionEnd.Retry })).toBe(1)
  expect(seen({}, { callKind: CallKind.map })).toBe(0)
  expect(seen(raw, { callKind: CallKind.map })).toBe(1)
  expect(seen(raw, {})).toBe(0)
})

test('no-shared-fault is witnessed by a DMA to a shared page amid a conversion', () => {
  const seen = (phase: number, dma: number, wasShared: number) =>
    witnessOf(noSharedFault, {}, (m, s) => {
      s.phase[1] = phase
      Object.assign(m.event, { dma, wasShared })
    })
  expect(seen(Phase.Running, DmaEnd.Done, 1)).toBe(1)
  expect([
    seen(Phase.Idle, DmaEnd.Done, 1),
    seen(Phase.Running, DmaEnd.Blocked, 1),
    seen(Phase.Running, DmaEnd.Done, 0),
  ]).toEqual([0, 0, 0])
})
