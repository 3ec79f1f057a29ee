import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { noParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Plug } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

const scope = must(makeScope({ hotplug: true, lateAts: true, devices: 2 }))
const plugged = () => new ManualMachine(machineFrom(scope, { ...presets['linux-7.2'], ats: true }, noParts, idleHost))

test('a device that is gone has its ATS off, and the other keeps its own', () => {
  const vmm = plugged()
  vmm.state.ats.fill(1)
  vmm.force('vmm.device-gone vcpu=0 device=1')
  expect([...vmm.state.plugged]).toEqual([Plug.There, Plug.Absent])
  expect([...vmm.state.ats]).toEqual([1, 0])
})

test('a device is removed only where it is, with no DMA of its own on the way, and one at a time', () => {
  const vmm = plugged()
  expect(vmm.can('vmm.add-device vcpu=0 device=0')).toBe(false)
  vmm.state.dma[0] = 1
  expect([0, 1].map((device) => vmm.can(`vmm.remove-device vcpu=0 device=${device}`))).toEqual([false, true])
  vmm.state.dma[0] = 0
  vmm.state.plugged[1] = Plug.Going
  expect(vmm.can('vmm.remove-device vcpu=0 device=0')).toBe(false)
})
