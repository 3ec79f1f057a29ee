import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { noParts, withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Phase, Slot, type State } from '../../machine/state.js'
import { hasSlot, isSlotThere } from '../../memory/guest-access.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { isNoMemory, movingSlot } from './slots.js'

test('a slot that is deleted takes the shared side of each of its pages from KVM, and of no others', () => {
  const scope = must(makeScope({ slotChanges: true }))
  const hand = new ManualMachine(machineFrom(scope, presets['linux-7.2'], withParts('secureEpt', 'content'), idleHost))
  const { state: s } = hand
  s.sharedEpt.fill(1)
  s.slotState[1] = Slot.Going
  hand.force('kvm.delete-slot vcpu=0 gfn=2')
  expect([[...s.sharedEpt], [...s.slotState]]).toEqual([
    [1, 1, 0, 0],
    [Slot.There, Slot.Deleted],
  ])
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
