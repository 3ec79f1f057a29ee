import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Attr, Sept } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { ripasRows } from './ripas.js'
import { vdevRows } from './vdev.js'

/** A realm of private pages with two devices that it trusts, one behind each SMMU. */
function realm(): ManualMachine {
  const scope = must(makeScope({ start: 'private', devices: 2, trustedDevices: 2, units: 2 }))
  return new ManualMachine(machineFrom(scope, presets['arm-cca'], withParts('secureEpt', 'content'), idleHost))
}

const issue = (device: number, gfn = 1) => `tdi.issue-dma device=${device} gfn=${gfn} access=write to=private`
const walk = (device: number, keep = 'iotlb') => `tdi.walk-rtt device=${device} keep=${keep}`
const tlbi = 'rmm.tlbi-smmu vcpu=0 gfn=1'
const isDone = ({ machine, state }: ManualMachine) =>
  vdevRows['rmm.sync-smmu'].ready?.(machine, state, Int32Array.of(0, 0))
const held = (cca: ManualMachine) => cca.state.trustedKey.filter((key) => key !== 0).length

describe('an unmap of the RTT', () => {
  test('leaves what SMMUs have cached, which the device uses, until every SMMU is invalidated', () => {
    const cca = realm()
    for (const device of [0, 1]) {
      for (const step of [issue(device), walk(device), `tdi.finish-dma device=${device}`]) cca.take(step)
    }
    for (const step of ['rmi.rtt-data-unmap vcpu=0 gfn=1 count=1', 'rmm.tlbi vcpu=0 gfn=1']) cca.force(step)
    cca.take(issue(0))
    expect([held(cca), cca.can('tdi.use-cached device=0')]).toEqual([2, true])
    cca.force(tlbi)
    expect([held(cca), cca.can('tdi.use-cached device=0')]).toEqual([0, false])
  })

  test('leaves translations of other pages', () => {
    const cca = realm()
    for (const step of [issue(0, 2), walk(0)]) cca.take(step)
    cca.force(tlbi)
    expect(held(cca)).toBe(1)
  })

  test('is done when the CMD_SYNC is: no DMA that used the entry is on its way', () => {
    const cca = realm()
    for (const step of [issue(1), walk(1, 'none')]) cca.take(step)
    cca.force(tlbi)
    expect(isDone(cca)).toBe(false)
    cca.take('tdi.finish-dma device=1')
    expect(isDone(cca)).toBe(true)
  })
})

describe('a change of the RIPAS from RAM to EMPTY', () => {
  const empty = 'rmi.rtt-set-ripas vcpu=0 gfn=1 to=shared'
  const mayEnd = ({ machine, state }: ManualMachine) =>
    ripasRows['rmi.rtt-set-ripas'].ready?.(machine, state, Int32Array.of(0, 0, 1, Attr.Shared))

  test('invalidates what SMMUs have cached of the page, and of no other', () => {
    const cca = realm()
    for (const step of [issue(0), walk(0), 'tdi.finish-dma device=0', issue(1, 2), walk(1)]) cca.take(step)
    cca.force(empty)
    expect(held(cca)).toBe(1)
  })

  test('ends behind the DMA that used the entry', () => {
    const cca = realm()
    for (const step of [issue(1), walk(1, 'none')]) cca.take(step)
    expect(mayEnd(cca)).toBe(false)
    cca.take('tdi.finish-dma device=1')
    expect(mayEnd(cca)).toBe(true)
  })
})

test('a device reaches only pages that the RTT has as RAM', () => {
  for (const sept of [Sept.Free, Sept.Pending, Sept.PendingBlocked, Sept.Blocked]) {
    const cca = realm()
    cca.state.sept[1] = sept
    cca.take(issue(0))
    expect(cca.can(walk(0))).toBe(false)
  }
})
