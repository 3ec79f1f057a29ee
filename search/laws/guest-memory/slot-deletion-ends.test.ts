import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { ManualMachine } from '../../../model/testing/manual-machine.js'
import { endsFairly } from '../../../properties/fair-continuation.js'
import { buildMachine, type MachineConfigInput } from '../../machine-config.js'
import { violatedBy } from '../../testing/proved.js'

/** Slots that go and come back, under a VMM with plans for both, of a guest whose faults come in two halves. */
const setup: MachineConfigInput = {
  design: 'on-demand-4k/slots-unmapped',
  driver: 'type1v2',
  scope: { pages: 1, pagesPerSuperpage: 1, vcpus: 2, devices: 1, slotChanges: true },
  platform: 'linux-7.2',
  parts: ['secureEpt', 'content'],
}

test('the deletion of a slot that waits for a fault ends, since the fault continues', () => {
  const hand = new ManualMachine(must(buildMachine(setup)).machine)
  hand.take('vmm.remove-slot vcpu=1 gfn=0')
  hand.take('kvm.fault-resolve-shared vcpu=0 gfn=0')
  expect(endsFairly(hand.machine, hand.state)).toBe(true)
})

test('no deletion of a slot waits without end, whatever faults there are', () => {
  expect(violatedBy(setup, ['conversion-ends'])).toEqual({})
})
