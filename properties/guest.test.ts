import { describe, expect, test } from 'vitest'
import type { Machine } from '../model/machine/machine.js'
import { presets } from '../model/machine/platform.js'
import { Attr, Dma, Dmar, Owner, Sept, type State, Tag, TdInvalidation } from '../model/machine/state.js'
import { clearAdded } from '../model/memory/frame-allocator.js'
import { vcpuKey } from '../model/memory/tlb-tracking.js'
import { privateIntegrity, septProtocol } from './guest.js'
import { type Breach, judges, type Near, type Unlike, witnessOf } from './testing/by-hand.js'

const parts = ['secureEpt', 'content'] as const
const guest: Unlike = { parts }
const reads = (readTag: number, readPoison: number) => (m: Machine) =>
  Object.assign(m.event, { readTag, readPoison, gfn: 2 })

/** Someone clears page 2, as it is added to the guest in a state. */
const adds = (sept: number) => (m: Machine, s: State) => {
  s.sept[2] = sept
  clearAdded(m, s, 2, s.privateFrame[2] - 1)
}
const added = [
  ['linux-7.2', 'tdx.page-accept/already-accepted'],
  ['sev-snp', 'snp.guest/validated-twice'],
  ['riscv-cove', 'riscv.cove/zero-pages'],
  ['arm-cca', 'cca.rtt/data-map-needs-unassigned'],
] as const

describe('private-integrity', () => {
  const notWritten = 'tdx.integrity/read-checks-owner: the guest reads what it did not write in its private page 2'
  const breaches: readonly Breach[] = [
    {
      that: 'the guest reads poison',
      on: guest,
      spoil: reads(Tag.Guest, 1),
      breaks: 'tdx.integrity/poison-consumed: the guest reads poison in its private page 2',
    },
    {
      that: 'it reads poison that it never wrote',
      on: guest,
      spoil: reads(Tag.Zero, 1),
      breaks: 'tdx.integrity/poison-consumed: the guest reads poison in its private page 2',
    },
    { that: 'it reads what a device wrote', on: guest, spoil: reads(Tag.Device, 0), breaks: notWritten },
    { that: 'it reads what the host wrote', on: guest, spoil: reads(Tag.Host, 0), breaks: notWritten },
    { that: 'it reads a table of the IOMMU', on: guest, spoil: reads(Tag.Table, 0), breaks: notWritten },
    ...added.map(([preset, rule]) => ({
      that: `on ${preset} a page is added once more that the guest uses`,
      on: { ...guest, platform: presets[preset] },
      spoil: adds(Sept.Mapped),
      breaks: `${rule}: page 2, which the guest uses, is cleared`,
    })),
  ]
  const near: readonly Near[] = [
    { that: 'it reads what it wrote', on: guest, spoil: reads(Tag.Guest, 0) },
    { that: 'it reads zeroes', on: guest, spoil: reads(Tag.Zero, 0) },
    { that: 'it reads nothing', on: guest, spoil: reads(-1, 1) },
    ...[Sept.Free, Sept.Pending, Sept.Blocked].map((sept) => ({
      that: `a page is added in state ${sept}`,
      on: guest,
      spoil: adds(sept),
    })),
  ]
  judges(privateIntegrity, breaches, near)

  test('is witnessed by a read of what was accepted', () => {
    expect(witnessOf(privateIntegrity, guest, reads(Tag.Zero, 0))).toBe(privateIntegrity.fullWitness)
    expect(witnessOf(privateIntegrity, guest, reads(-1, 0))).toBe(0)
  })
})

/** A guest of private pages with a device that it trusts, whose unit has cached a translation. */
const trusting: Unlike = {
  parts,
  platform: { architecture: 'tdx-connect', pageRelease: 'required' },
  scope: { start: 'private', trustedDevices: 1 },
}
const cachedTrusted =
  (gfn: number, isPrivate: boolean, frame: (s: State) => number, more: (s: State) => unknown = () => undefined) =>
  (_: Machine, s: State) => {
    s.trustedKey[0] = vcpuKey(gfn, isPrivate)
    s.trustedFrame[0] = frame(s) + 1
    more(s)
  }
const ownFrame = (s: State): number => s.privateFrame[1] - 1
const inFlightTrusted =
  (more: (s: State) => unknown = () => undefined) =>
  (_: Machine, s: State) => {
    s.dma[0] = Dma.TrustedTranslated
    s.dmaGfn[0] = 1
    s.dmaPrivate[0] = 1
    s.dmaFrame[0] = s.privateFrame[1]
    more(s)
  }
const gone =
  (owner: number) =>
  (s: State): void => {
    s.owner[ownFrame(s)] = owner
    s.sept[1] = Sept.Free
    s.unflushed.fill(0)
  }
const toAnother =
  'tdx.page-remove/needs-iotlb-tracking at 1: a trusted device reaches a frame of page 1 that has another owner'
const unaccepted =
  'tdx.page-accept/pending-to-mapped at 1: a trusted device reaches page 1, which the guest has not accepted'
const ofTrusted: readonly Breach[] = [
  ...[Owner.Removed, Owner.Free].map((owner) => ({
    that: `a unit has cached a page for a trusted device whose frame has owner ${owner}`,
    on: trusting,
    spoil: cachedTrusted(1, true, ownFrame, gone(owner)),
    breaks: toAnother,
  })),
  {
    that: 'its DMA is on the way to a page that was removed',
    on: trusting,
    spoil: inFlightTrusted(gone(Owner.Removed)),
    breaks: toAnother,
  },
  {
    that: 'a unit has cached, by its shared address, a frame of the TD',
    on: trusting,
    spoil: cachedTrusted(1, false, ownFrame),
    breaks: toAnother,
  },
  {
    that: 'a unit has cached, by its private address, the frame of another page',
    on: trusting,
    spoil: cachedTrusted(1, true, (s) => s.privateFrame[0] - 1),
    breaks: "tdx.pamt/one-owner at 1: a trusted device reaches, by page 1, a private frame that is not the page's",
  },
  ...[Sept.Pending, Sept.PendingBlocked].map((sept) => ({
    that: `a unit has cached a page that the guest has not accepted, in state ${sept}`,
    on: trusting,
    spoil: cachedTrusted(1, true, ownFrame, (s) => s.sept.fill(sept, 1, 2)),
    breaks: unaccepted,
  })),
]
const nearTrusted: readonly Near[] = [
  {
    that: 'a unit has cached a page that the guest has accepted',
    on: trusting,
    spoil: cachedTrusted(1, true, ownFrame),
  },
  { that: 'DMA of a trusted device is on its way there', on: trusting, spoil: inFlightTrusted() },
  {
    that: 'the page is blocked, and not yet removed',
    on: trusting,
    spoil: cachedTrusted(1, true, ownFrame, (s) => s.sept.fill(Sept.Blocked, 1, 2)),
  },
  {
    that: 'the guest has released it',
    on: trusting,
    spoil: cachedTrusted(1, true, ownFrame, (s) => {
      s.sept[1] = Sept.Pending
      s.released[1] = 1
    }),
  },
  {
    that: 'the unit no longer goes by the entry of the device',
    on: trusting,
    spoil: cachedTrusted(1, true, ownFrame, (s) => {
      gone(Owner.Removed)(s)
      s.dmar[0] = Dmar.Blocked
      s.dmarInvalidation[0] = TdInvalidation.Dropped
    }),
  },
]

describe('sept-protocol', () => {
  /** Of page 1: both generations of its shared frame, and its private one. */
  const [first, second, ofTd] = [1, 5, 9]
  const pool: Unlike = { ...guest, scope: { frames: 'pool' } }
  const owned = (owner: number, frame: number, spoil: (s: State) => unknown) => (_: Machine, s: State) => {
    s.owner[frame] = owner
    spoil(s)
  }
  const dirty = (owner: number, frame: number) => owned(owner, frame, (s) => s.unflushed.fill(1, frame, frame + 1))
  const unflushed = 'tdx.wbinvd/before-reuse at 1: the frame of page 1 is handed on unflushed'
  const inEpt = (s: State) => s.sharedEpt.fill(1, 1, 2)
  const inSept = (framePlusOne: number) => (s: State) => {
    s.sept[1] = Sept.Mapped
    s.privateFrame[1] = framePlusOne
  }
  const otherOwner = 'tdx.kvm-removal/order at 1: an EPT still leads to a frame of page 1 that has another owner'
  const inTlb = (isPrivate: boolean, frame: number) => (s: State) => {
    s.vcpuTlb[1] = vcpuKey(1, isPrivate)
    s.vcpuTlbFrame[1] = frame + 1
  }
  const stale =
    'tdx.page-remove/needs-tracking at 1: a vCPU has a translation of page 1 to a frame that it may not reach'
  const turned = (spoil: (s: State) => unknown) => (_: Machine, s: State) => {
    s.attr[1] = Attr.Private
    spoil(s)
  }
  const bySharedAddress =
    'kvm.attributes/zap-before-store at 1: page 1 is private, and an EPT or a vCPU still has it by its shared address'
  const breaches: readonly Breach[] = [
    { that: 'a frame of the TD is freed unflushed', on: guest, spoil: dirty(Owner.Free, ofTd), breaks: unflushed },
    { that: 'the host has it unflushed', on: guest, spoil: dirty(Owner.Host, ofTd), breaks: unflushed },
    { that: 'the frame was shared', on: guest, spoil: dirty(Owner.Host, second), breaks: unflushed },
    {
      that: 'a frame of the pool is freed unflushed',
      on: pool,
      spoil: dirty(Owner.Free, 7),
      breaks: 'tdx.wbinvd/before-reuse at 0: the frame of page 0 is handed on unflushed',
    },
    {
      that: 'KVM installs a frame that the host has taken out',
      on: guest,
      spoil: (m) => Object.assign(m.event, { installedLost: 0 }),
      breaks: 'kvm.fault/retry-sequence: KVM installs at page 0 a frame that has left it since the fault',
    },
    { that: 'the shared EPT leads to the TD', on: guest, spoil: owned(Owner.Td, first, inEpt), breaks: otherOwner },
    {
      that: 'in place, the shared EPT leads to the TD',
      on: { ...guest, scope: { backing: 'in-place' } },
      spoil: owned(Owner.Td, 1, inEpt),
      breaks: otherOwner,
    },
    { that: 'the secure EPT leads to a hole', on: guest, spoil: owned(Owner.Td, ofTd, inSept(0)), breaks: otherOwner },
    {
      that: 'the secure EPT leads to the host',
      on: guest,
      spoil: owned(Owner.Host, ofTd, inSept(ofTd + 1)),
      breaks: otherOwner,
    },
    {
      that: 'a vCPU has a private translation to a frame of the host',
      on: guest,
      spoil: owned(Owner.Host, ofTd, inTlb(true, ofTd)),
      breaks: stale,
    },
    {
      that: 'a vCPU has a shared translation to a frame of the TD',
      on: guest,
      spoil: owned(Owner.Td, second, inTlb(false, second)),
      breaks: stale,
    },
    { that: 'a private page is in the shared EPT', on: guest, spoil: turned(inEpt), breaks: bySharedAddress },
    { that: 'a vCPU has its shared side', on: guest, spoil: turned(inTlb(false, first)), breaks: bySharedAddress },
  ]
  const near: readonly Near[] = [
    { that: 'the machine has no secure EPT', on: {}, spoil: (_, s) => s.attr.fill(Attr.Private) },
    { that: 'the TD has the frame', on: guest, spoil: dirty(Owner.Td, ofTd) },
    { that: 'the frame is taken from the TD and not freed', on: guest, spoil: dirty(Owner.Removed, ofTd) },
    { that: 'in the pool, the TD has the frame', on: pool, spoil: dirty(Owner.Td, 7) },
    { that: 'the shared EPT leads to the host', on: guest, spoil: owned(Owner.Host, first, inEpt) },
    { that: 'the secure EPT leads to the TD', on: guest, spoil: owned(Owner.Td, ofTd, inSept(ofTd + 1)) },
    {
      that: 'the secure EPT has no page',
      on: guest,
      spoil: owned(Owner.Host, ofTd, (s) => s.privateFrame.fill(ofTd + 1)),
    },
    {
      that: 'a vCPU has the shared side of another page',
      on: guest,
      spoil: turned((s) => {
        s.vcpuTlb[1] = vcpuKey(2, false)
        s.vcpuTlbFrame[1] = 3
      }),
    },
    { that: 'a vCPU has the private side', on: guest, spoil: owned(Owner.Td, ofTd, inTlb(true, ofTd)) },
    { that: 'a vCPU has the shared side', on: guest, spoil: owned(Owner.Host, second, inTlb(false, second)) },
    {
      that: 'a private page is cached by its private address',
      on: guest,
      spoil: (m, s) => {
        s.attr[1] = Attr.Private
        owned(Owner.Td, ofTd, inTlb(true, ofTd))(m, s)
      },
    },
  ]
  judges(septProtocol, [...breaches, ...ofTrusted], [...near, ...nearTrusted])

  test('is witnessed by a page that is removed from the TD', () => {
    expect(witnessOf(septProtocol, guest, (m) => Object.assign(m.event, { removed: 1 }))).toBe(septProtocol.fullWitness)
    expect(witnessOf(septProtocol, guest, () => undefined)).toBe(0)
  })
})
