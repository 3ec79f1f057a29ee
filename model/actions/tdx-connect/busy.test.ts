import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { Failure } from '../../machine/action.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

test.each([
  'tdh.iq.inv.request vcpu=0 unit=0',
  'tdh.iq.inv.request-entry vcpu=0 device=0',
  'tdh.iq.inv.process vcpu=0 unit=0',
  'tdh.dmar.add-entry vcpu=0 device=0',
  'tdh.dmar.block-entry vcpu=0 device=0',
  'tdh.dmar.remove-entry vcpu=0 device=0',
])('%s may find its operand busy, and then changes nothing', (call) => {
  const scope = must(makeScope({ start: 'private', trustedDevices: 1, failures: 1 }))
  const tdx = new ManualMachine(machineFrom(scope, presets['tdx-connect'], withParts('secureEpt'), idleHost))
  const before = tdx.state.bytes.slice()
  tdx.state.armed[0] = Failure.Seamcall
  expect(tdx.force(call)).toBe('TDX_OPERAND_BUSY')
  expect(tdx.state.bytes).toEqual(before)
})
