import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Slot } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

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
