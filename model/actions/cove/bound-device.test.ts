import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Sept } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { boundDeviceRows } from './bound-device.js'

/** A TVM of private pages with two devices bound to it, one behind each IOMMU. */
function tvm(): ManualMachine {
  const scope = must(makeScope({ start: 'private', devices: 2, trustedDevices: 2, units: 2 }))
  return new ManualMachine(machineFrom(scope, presets['riscv-cove'], withParts('secureEpt', 'content'), idleHost))
}

const issue = (device: number, gfn = 1) => `tdi.issue-dma device=${device} gfn=${gfn} access=write to=private`
const walk = (device: number, keep = 'iotlb') => `tdi.walk-g-stage device=${device} keep=${keep}`
const invalidate = 'cove.tvm-invalidate-pages vcpu=0 gfn=1'
const iotinval = 'cove.iotinval vcpu=0 gfn=1'
const isDone = ({ machine, state }: ManualMachine) =>
  boundDeviceRows['cove.iofence'].ready?.(machine, state, Int32Array.of(0, 0))
const held = (cove: ManualMachine) => cove.state.trustedKey.filter((key) => key !== 0).length

describe('an invalidation of a page of the G-stage', () => {
  test('leaves what IOMMUs have cached, which the device uses, until every IOMMU of the TSM is invalidated', () => {
    const cove = tvm()
    for (const device of [0, 1]) {
      for (const step of [issue(device), walk(device), `tdi.finish-dma device=${device}`]) cove.take(step)
    }
    cove.force(invalidate)
    cove.take(issue(0))
    expect([held(cove), cove.can('tdi.use-cached device=0')]).toEqual([2, true])
    cove.force(iotinval)
    expect([held(cove), cove.can('tdi.use-cached device=0')]).toEqual([0, false])
  })

  test('leaves translations of other pages', () => {
    const cove = tvm()
    for (const step of [issue(0, 2), walk(0)]) cove.take(step)
    cove.force(iotinval)
    expect(held(cove)).toBe(1)
  })

  test('is done when the IOFENCE.C is: no DMA that used the entry is on its way', () => {
    const cove = tvm()
    for (const step of [issue(1), walk(1, 'none')]) cove.take(step)
    cove.force(iotinval)
    expect(isDone(cove)).toBe(false)
    cove.take('tdi.finish-dma device=1')
    expect(isDone(cove)).toBe(true)
  })
})

test('a device reaches only pages that are present in the G-stage', () => {
  for (const sept of [Sept.Free, Sept.Blocked]) {
    const cove = tvm()
    cove.state.sept[1] = sept
    cove.take(issue(0))
    expect([sept, cove.can(walk(0))]).toEqual([sept, false])
  }
})
