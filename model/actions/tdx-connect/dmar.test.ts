import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Dmar } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

test("a device's entry is invalidated by itself if it is blocked, accepted before or not, and not otherwise", () => {
  const scope = must(makeScope({ start: 'private', trustedDevices: 1 }))
  const requested = Object.entries(Dmar).flatMap(([name, state]) => {
    const tdx = new ManualMachine(machineFrom(scope, presets['tdx-connect'], withParts('secureEpt'), idleHost))
    tdx.state.dmar[0] = state
    return tdx.force('tdh.iq.inv.request-entry vcpu=0 device=0') === 'ok' ? [name] : []
  })
  expect(requested).toEqual(['Blocked', 'PendingBlocked'])
})
