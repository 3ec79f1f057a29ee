import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { encode, parse } from '../../machine/action.js'
import { noParts, withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Phase, Slot, type State } from '../../machine/state.js'
import { hasSlot, isSlotThere } from '../../memory/guest-access.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { kinds, rows } from '../relation.js'
import type { Row } from '../row.js'
import { isNoMemory, isSlotDeleted, isSlotKept, movingSlot } from './slots.js'

/** Whether the step would not wait now. */
function isReady({ machine, state }: ManualMachine, text: string): boolean {
  const code = must(encode(kinds, parse(text)))
  const row: Row | undefined = rows[code[0] ?? 0]
  if (row?.by !== 'plan' || row.ready === undefined) throw new Error(`${text} waits for nothing`)
  return row.ready(machine, state, code)
}

/** Two slots of two pages each, with the guest's side and faults. */
function guestSlots(): ManualMachine {
  const scope = must(makeScope({ slotChanges: true }))
  return new ManualMachine(machineFrom(scope, presets['linux-7.2'], withParts('secureEpt', 'content'), idleHost))
}

test('to delete a slot frees it, and drops no translation: KVM has zapped before', () => {
  const hand = guestSlots()
  const { state: s } = hand
  s.sharedEpt.fill(1)
  s.slotState[1] = Slot.Invalid
  hand.force('kvm.delete-slot vcpu=0 gfn=2')
  expect([[...s.sharedEpt], [...s.slotState]]).toEqual([
    [1, 1, 1, 1],
    [Slot.There, Slot.Deleted],
  ])
})

test('at a slot that is marked invalid no fault begins, and the guest has its memory still', () => {
  const hand = guestSlots()
  const { machine: m, state: s } = hand
  const fault = (gfn: number) => hand.can(`kvm.fault-resolve-shared vcpu=0 gfn=${gfn}`)
  s.sharedEpt.fill(0)
  s.slotState[1] = Slot.Going
  expect([fault(1), fault(2), fault(3)]).toEqual([true, true, true])
  hand.force('kvm.invalidate-slot vcpu=0 gfn=2')
  expect([fault(1), fault(2), fault(3)]).toEqual([true, false, false])
  expect([isNoMemory(m, s, 2), isSlotDeleted(m, s, 2), movingSlot(s)]).toEqual([false, false, 1])
})

test('the wait for faults ends when none is under way in the slot; faults elsewhere are not waited for', () => {
  const waits = (fault: number) => {
    const hand = guestSlots()
    hand.state.faultGfn[1] = fault + 1
    return !isReady(hand, 'kvm.await-faults vcpu=0 gfn=2')
  }
  expect([0, 1, 2, 3].map(waits)).toEqual([false, false, true, true])
})

test('a slot is marked only while no invalidation is under way', () => {
  const hand = guestSlots()
  const ready = () => isReady(hand, 'kvm.invalidate-slot vcpu=0 gfn=2')
  expect(ready()).toBe(true)
  hand.state.invalidating.set([0, 1], 2)
  expect(ready()).toBe(false)
})

test('a slot that the VMM takes for deleted, and KVM still has, is kept: faults find a page where no memory is', () => {
  const hand = guestSlots()
  const { machine: m, state: s } = hand
  const after = (from: number) => {
    s.slotState[1] = from
    hand.force('vmm.slot-gone vcpu=0 gfn=2')
    return [s.slotState[1], isNoMemory(m, s, 2), hasSlot(m, s, 2), isSlotKept(m, s, 2), isSlotDeleted(m, s, 2)]
  }
  const kept = [Slot.Kept, true, true, true, false]
  const absent = [Slot.Absent, true, false, false, true]
  expect([Slot.Deleted, Slot.Coming].map(after)).toEqual([absent, absent])
  expect([Slot.Going, Slot.Created, Slot.Invalid].map(after)).toEqual([kept, kept, kept])
  expect(movingSlot(s)).toBe(-1)
})

/** Two slots of two pages each, under a VMM whose plans are empty. */
function slots(): ManualMachine {
  const scope = must(makeScope({ slotChanges: true, devices: 2 }))
  return new ManualMachine(machineFrom(scope, presets['linux-7.2'], noParts, idleHost))
}
const [remove, add] = ['vmm.remove-slot vcpu=0 gfn=2', 'vmm.add-slot vcpu=0 gfn=2']

test('a slot goes and comes back in steps, each of which says whether KVM has it and whether it is memory', () => {
  const hand = slots()
  const { machine: m, state: s } = hand
  const says = () => [hasSlot(m, s, 3), isNoMemory(m, s, 3), isSlotThere(m, s, 3), movingSlot(s)]
  const after = (text: string) => {
    if (text.startsWith('vmm.remove') || text.startsWith('vmm.add')) hand.take(text)
    else hand.force(text)
    expect([m.touched.mask, s.slotState[0]]).toEqual([0b1100, Slot.There])
    return says()
  }
  expect(says()).toEqual([true, false, true, -1])
  expect(after(remove)).toEqual([true, false, false, 1])
  expect(after('kvm.delete-slot vcpu=0 gfn=2')).toEqual([false, true, false, 1])
  expect(after('vmm.slot-gone vcpu=0 gfn=2')).toEqual([false, true, false, -1])
  expect(after(add)).toEqual([false, false, false, 1])
  expect(after('kvm.create-slot vcpu=0 gfn=2')).toEqual([true, false, false, 1])
  expect(after('vmm.slot-ready vcpu=0 gfn=2')).toEqual([true, false, true, -1])
})

test('one slot moves at a time: one that is there goes, and one that is absent comes back', () => {
  const hand = slots()
  const able = () =>
    [remove, add, 'vmm.remove-slot vcpu=1 gfn=0', 'vmm.add-slot vcpu=1 gfn=0'].map((one) => hand.can(one))
  expect(able()).toEqual([true, false, true, false])
  hand.take(remove)
  expect(able()).toEqual([false, false, false, false])
  hand.state.slotState[1] = Slot.Absent
  expect(able()).toEqual([false, true, true, false])
  expect(hand.can('vmm.remove-slot vcpu=0 gfn=1')).toBe(false)
})

test('only an idle thread of a VMM that lives begins to move a slot, and none where slots stay', () => {
  const may = (spoil: (s: State) => unknown) => {
    const hand = slots()
    spoil(hand.state)
    return hand.can(remove)
  }
  expect([
    may((s) => s.phase.fill(Phase.Running, 0, 1)),
    may((s) => s.closed.fill(1)),
    may((s) => s.hostDead.fill(1)),
    may((s) => s.phase.fill(Phase.Running, 1, 2)),
  ]).toEqual([false, false, false, true])
  const scope = must(makeScope())
  expect(new ManualMachine(machineFrom(scope, presets['linux-7.2'], noParts, idleHost)).can(remove)).toBe(false)
})

test('DMA to memory that goes may fault; DMA to other memory may not', () => {
  const hand = slots()
  const { state: s } = hand
  const left = (...pages: readonly number[]) => {
    s.slotState.fill(Slot.There)
    s.dmaGfn.set(pages)
    s.dmaShared.fill(1)
    hand.take(remove)
    return [...s.dmaShared]
  }
  expect([left(2, 1), left(3, 2), left(0, 1)]).toEqual([
    [0, 1],
    [0, 0],
    [1, 1],
  ])
})
