import { describe } from 'vitest'
import { presets } from '../model/machine/platform.js'
import { Granule, Owner, Sept, Slot, type State, Tag } from '../model/machine/state.js'
import { vcpuKey } from '../model/memory/tlb-tracking.js'
import { septProtocol } from './guest.js'
import { all, type Breach, judges, type Near, type Unlike } from './testing/by-hand.js'

type Spoil = Breach['spoil']

const guest: Unlike = { parts: ['secureEpt', 'content'], scope: { slotChanges: true } }
const snp: Unlike = { ...guest, platform: presets['sev-snp'] }
/** Of page 1: a shared frame, and the private one. */
const [shared, ofTd] = [1, 9]

const of = (spoil: (s: State) => unknown): Spoil => {
  return (_, s) => {
    spoil(s)
  }
}
const slot = (state: number): Spoil => of((s) => s.slotState.fill(state, 0, 1))
const inEpt = of((s) => s.sharedEpt.fill(1, 1, 2))
const inSept = (sept: number): Spoil =>
  of((s) => {
    s.sept[1] = sept
    s.privateFrame[1] = ofTd + 1
    s.owner[ofTd] = Owner.Td
  })
const inTlb = of((s) => {
  s.vcpuTlb[1] = vcpuKey(1, false)
  s.vcpuTlbFrame[1] = shared + 1
})
const left = 'kvm.memslots/delete-invalidates at 1: page 1 has no memory slot, and an EPT or a vCPU still leads to it'
const kept = 'kvm.memslots/is-memory at 0: the VMM takes the memory slot of page 0 for deleted, and KVM still has it'

const gone = [Slot.Deleted, Slot.Absent, Slot.Coming]
const there = [Slot.There, Slot.Going, Slot.Invalid, Slot.Created]

describe('sept-protocol of a page whose memory slot is deleted', () => {
  const breaches: readonly Breach[] = [
    ...gone.map((state) => ({
      that: `the shared EPT leads to it, and its slot is in state ${state}`,
      on: guest,
      spoil: all(inEpt, slot(state)),
      breaks: left,
    })),
    { that: 'a vCPU leads to it', on: guest, spoil: all(inTlb, slot(Slot.Deleted)), breaks: left },
    ...[Sept.Mapped, Sept.Pending, Sept.Blocked].map((sept) => ({
      that: `the secure EPT has it in state ${sept}`,
      on: guest,
      spoil: all(inSept(sept), slot(Slot.Deleted)),
      breaks: left,
    })),
    {
      that: 'the nested page table has it',
      on: snp,
      spoil: all(inSept(Sept.Mapped), slot(Slot.Deleted)),
      breaks: left,
    },
    { that: 'KVM has kept the slot', on: guest, spoil: slot(Slot.Kept), breaks: kept },
  ]
  const near: readonly Near[] = [
    ...there.map((state) => ({
      that: `all lead to it, and its slot is in state ${state}`,
      on: guest,
      spoil: all(inEpt, inTlb, inSept(Sept.Mapped), slot(state)),
    })),
    ...gone.map((state) => ({ that: `nothing leads to it in state ${state}`, on: guest, spoil: slot(state) })),
    { that: 'the RMP assigns it still', on: snp, spoil: all(inSept(Sept.Blocked), slot(Slot.Deleted)) },
    {
      that: 'the slot of other pages is deleted',
      on: guest,
      spoil: all(
        inEpt,
        inTlb,
        of((s) => s.slotState.fill(Slot.Deleted, 1, 2)),
      ),
    },
  ]
  judges(septProtocol, breaches, near)
})

describe('sept-protocol of a frame that is given back', () => {
  const parts = ['secureEpt', 'content'] as const
  const realm: Unlike = { parts, platform: presets['arm-cca'] }
  const tvm: Unlike = { parts, platform: presets['riscv-cove'] }
  const protectedByPkvm: Unlike = {
    parts: [...parts, 'hostAccess'],
    platform: presets.pkvm,
    scope: { backing: 'in-place', start: 'private' },
  }
  const back = (tag: number, more: (s: State) => unknown = () => undefined) =>
    of((s) => {
      s.owner[ofTd] = Owner.Removed
      s.tag[ofTd] = tag
      more(s)
    })
  const keeps = 'at 1: the frame of page 1 is given back with what the guest wrote there'
  const own = of((s) => s.tag.fill(Tag.Guest, 1, 2))
  const taken = (tag: number) =>
    of((s) => {
      s.poisoned[1] = 1
      s.tag[1] = tag
    })
  const delegated = (s: State) => s.granule.fill(Granule.Delegated, ofTd, ofTd + 1)
  const confidential = (s: State) => s.unflushed.fill(1, ofTd, ofTd + 1)
  judges(
    septProtocol,
    [
      {
        that: 'the RMM leaves its content',
        on: realm,
        spoil: back(Tag.Guest),
        breaks: `cca.granule/undelegate-scrubs ${keeps}`,
      },
      {
        that: 'the TSM leaves its content',
        on: tvm,
        spoil: back(Tag.Guest),
        breaks: `riscv.cove/reclaim-scrubs ${keeps}`,
      },
      {
        that: 'the hypervisor leaves what the host takes by force',
        on: protectedByPkvm,
        spoil: taken(Tag.Guest),
        breaks: `pkvm.host/force-reclaim ${keeps}`,
      },
    ],
    [
      { that: 'the RMM has overwritten it', on: realm, spoil: back(Tag.Zero) },
      { that: 'the granule is delegated still', on: realm, spoil: back(Tag.Guest, delegated) },
      { that: 'the frame is confidential still', on: tvm, spoil: back(Tag.Guest, confidential) },
      { that: 'the hypervisor has cleared what the host takes by force', on: protectedByPkvm, spoil: taken(Tag.Zero) },
      { that: 'the guest has its page still, and what it wrote', on: protectedByPkvm, spoil: own },
      { that: 'the TDX module leaves what only its key reads', on: { parts }, spoil: back(Tag.Guest) },
    ],
  )
})
