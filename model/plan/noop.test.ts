import { expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { noParts } from '../machine/parts.js'
import { presets } from '../machine/platform.js'
import { makeScope } from '../machine/scope.js'
import { Plug, Slot, type State } from '../machine/state.js'
import { ManualMachine } from '../testing/manual-machine.js'
import { idleHost } from './idle-host.js'
import type { Step } from './plan.js'

const note: Step = { row: 'iommu.defer-flush', args: [() => 0] }
const host = { ...idleHost, toShared: [note], slotRemoved: [note], removed: [note] }
const scope = must(makeScope({ noops: true, slotChanges: true, hotplug: true, reclaim: true }))

interface Meanwhile {
  readonly before?: (hand: ManualMachine) => unknown
  readonly during?: (hand: ManualMachine) => unknown
  /** Who asks; vCPU 0 if left out. */
  readonly vcpu?: number
}

/** Whether a request for pages that are shared already is said to take a frame away, which is lost while it is open. */
function tookAway(
  { before, during, vcpu = 0 }: Meanwhile,
  lose = (s: State): unknown => s.sharedFrame.fill(0, 0, 1),
): number {
  const hand = new ManualMachine(machineFrom(scope, presets['linux-7.2'], noParts, host))
  before?.(hand)
  hand.take(`guest.convert vcpu=${vcpu} gfn=0 count=2 to=shared`)
  during?.(hand)
  lose(hand.state)
  hand.next(vcpu)
  expect(hand.machine.event.wasNoop).toBe(1)
  return hand.machine.event.tookAway
}

test('a request for what is so takes away what its pages have lost, unless the guest raced itself', () => {
  expect(tookAway({}, () => undefined)).toBe(0)
  expect(tookAway({})).toBe(1)
  expect(tookAway({ during: ({ state }) => state.raced.fill(1) })).toBe(0)
})

test('a request for what is so takes nothing away that goes with a slot or a device, or is reclaimed', () => {
  const actions = ['vmm.remove-slot vcpu=1 gfn=0', 'vmm.remove-device vcpu=1 device=0', 'mm.reclaim gfn=1']
  for (const action of actions) {
    expect([action, tookAway({ during: (hand) => hand.take(action) })]).toEqual([action, 0])
  }
  for (const action of actions.slice(0, 2)) {
    expect([action, tookAway({ before: (hand) => hand.take(action) })]).toEqual([action, 0])
  }
})

test('what a slot or a device has lost that came or went before is taken away again', () => {
  const before = ({ state }: ManualMachine) => {
    state.slotState[1] = Slot.Absent
    state.plugged[0] = Plug.Absent
  }
  expect(tookAway({ before })).toBe(1)
})

test('what the second vCPU asks for is judged, and excused, like what the first does', () => {
  const reclaim = (hand: ManualMachine) => hand.take('mm.reclaim gfn=1')
  expect([tookAway({ vcpu: 1 }), tookAway({ vcpu: 1, during: reclaim })]).toEqual([1, 0])
})
