import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { noParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

/** A host whose process changes once it has pinned page 0, and which then pins page 1. */
function twoProcesses(): ManualMachine {
  const hand = new ManualMachine(
    machineFrom(must(makeScope({ processes: true })), presets['linux-7.2'], noParts, idleHost),
  )
  hand.force('mm.pin-page vcpu=0 iovfn=0')
  hand.take('vmm.change-process')
  hand.force('mm.pin-page vcpu=0 iovfn=1')
  return hand
}

const charged = ({ state }: ManualMachine) => [...state.lockedBy]

test('an unpin lowers the account of the process that pinned the page, whichever calls', () => {
  const hand = twoProcesses()
  expect(charged(hand)).toEqual([1, 1])
  hand.force('mm.unpin-page vcpu=0 iovfn=0')
  expect(charged(hand)).toEqual([0, 1])
  hand.force('mm.unpin-page vcpu=0 iovfn=1')
  expect(charged(hand)).toEqual([0, 0])
})
