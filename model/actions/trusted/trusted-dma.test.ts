import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

test.each([0, 1])('a unit finds again what it keeps for its own device, and another unit does not: unit %i', (unit) => {
  const scope = { start: 'private', devices: 2, trustedDevices: 2, units: 2, iotlbEntries: 2 } as const
  const made = machineFrom(must(makeScope(scope)), presets['tdx-connect'], withParts('secureEpt', 'content'), idleHost)
  const tdx = new ManualMachine(made)
  const issue = (device: number) => tdx.take(`tdi.issue-dma device=${device} gfn=1 access=write to=private`)
  issue(unit)
  tdx.take(`tdi.walk-secure-ept device=${unit} keep=iotlb`)
  tdx.take(`tdi.finish-dma device=${unit}`)
  for (const device of [0, 1]) issue(device)
  expect([0, 1].filter((device) => tdx.can(`tdi.use-cached device=${device}`))).toEqual([unit])
})
