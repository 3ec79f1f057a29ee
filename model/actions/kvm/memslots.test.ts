import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { encode, parse } from '../../machine/action.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Cover } from '../../machine/state.js'
import { hasSlot } from '../../memory/guest-access.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { isSplitOff } from '../host/slots.js'
import { kindIndex, kinds, rows } from '../relation.js'
import type { Row } from '../row.js'

/** Two slots of four pages each, with the guest's side and faults. */
function guestSlots(input: ScopeInput = {}): ManualMachine {
  const scope = must(makeScope({ slotChanges: true, pages: 8, pagesPerSuperpage: 4, ...input }))
  return new ManualMachine(machineFrom(scope, presets['linux-7.2'], withParts('secureEpt', 'content'), idleHost))
}
const mark = (gfn: number) => `kvm.mark-split vcpu=0 gfn=${gfn}`
const split = (gfn: number) => `kvm.split-slot vcpu=0 gfn=${gfn}`
const beside = (gfn: number) => `kvm.make-slot-beside vcpu=0 gfn=${gfn}`
const { Whole, Hole, Marked, Between } = Cover

describe('a slot that is split is deleted, and two are made', () => {
  test('the whole of it is marked, goes, and comes back side by side; the slot of other pages stays', () => {
    const hand = guestSlots()
    const { machine: m, state: s } = hand
    const after = [mark(5), split(5), beside(4), beside(6)].map((step) => {
      hand.force(step)
      return [...s.slotHole]
    })
    expect(after).toEqual([
      [Whole, Whole, Whole, Whole, Marked, Marked, Marked, Marked],
      [Whole, Whole, Whole, Whole, Between, Hole, Between, Between],
      [Whole, Whole, Whole, Whole, Whole, Hole, Between, Between],
      [Whole, Whole, Whole, Whole, Whole, Hole, Whole, Whole],
    ])
    expect([4, 5, 6].map((gfn) => isSplitOff(s, gfn))).toEqual([false, true, false])
    expect([s.slotsUsed[0], hasSlot(m, s, 4)]).toEqual([2, true])
  })

  test('no fault begins where a slot is marked, or gone; elsewhere one does', () => {
    const hand = guestSlots()
    hand.state.sharedEpt.fill(0)
    const faults = () => [3, 4, 5].map((gfn) => hand.can(`kvm.fault-resolve-shared vcpu=0 gfn=${gfn}`))
    const seen = [mark(5), split(5), beside(4)].map((step) => {
      hand.force(step)
      return faults()
    })
    expect(seen).toEqual([
      [true, false, false],
      [true, false, false],
      [true, true, false],
    ])
  })

  test('it drops no translation by itself: KVM has zapped before; where slots stay, the one step does', () => {
    const left = (slotChanges: boolean) => {
      const hand = guestSlots({ slotChanges })
      hand.state.sharedEpt.fill(1)
      hand.force(split(5))
      return hand.state.sharedEpt[5]
    }
    expect([left(true), left(false)]).toEqual([1, 0])
  })

  test('a hole between two holes ends with them: what is beside other pages is left alone', () => {
    const hand = guestSlots()
    for (const step of [mark(4), split(4), beside(5), mark(6), split(6)]) hand.force(step)
    expect([...hand.state.slotHole].slice(4)).toEqual([Hole, Between, Hole, Between])
    hand.force(mark(4))
    expect([...hand.state.slotHole].slice(4)).toEqual([Hole, Between, Hole, Between])
  })

  test('a slot is marked only while no invalidation is under way', () => {
    const { machine, state } = guestSlots()
    const row: Row = rows[kindIndex('kvm.mark-split')]
    const ready = () => row.by === 'plan' && row.ready?.(machine, state, must(encode(kinds, parse(mark(5)))))
    expect(ready()).toBe(true)
    state.invalidating.set([0, 1], 2)
    expect(ready()).toBe(false)
  })

  test('it is refused before anything is marked, if the slots do not suffice', () => {
    const hand = guestSlots({ memslotLimit: 1 })
    expect([hand.force(mark(5)), hand.state.slotHole.includes(Marked)]).toEqual(['EINVAL', false])
    expect([hand.force(mark(0)), hand.force(split(0))]).toEqual(['ok', 'ok'])
  })
})
