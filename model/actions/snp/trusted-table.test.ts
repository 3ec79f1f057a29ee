import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Dma, Owner, Sept, Tag } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { trustedTableRows } from './trusted-table.js'

/** A guest of private pages with a device that it trusts, under a host that does nothing of its own. */
function guest(input: ScopeInput = {}): ManualMachine {
  const scope = must(makeScope({ start: 'private', trustedDevices: 1, ...input }))
  return new ManualMachine(machineFrom(scope, presets['sev-snp'], withParts('secureEpt', 'content'), idleHost))
}

const issue = 'tdi.issue-dma device=0 gfn=1 access=write to=private'
const walk = (keep: string) => `tdi.walk-host-table device=0 keep=${keep}`
const finish = 'tdi.finish-dma device=0'
const [map, unmap] = ['iommufd.map-private vcpu=0 gfn=1', 'iommufd.unmap-private vcpu=0 gfn=1']
const flush = (unit = 0) => `iommufd.flush-private vcpu=0 unit=${unit}`
const isDone = ({ machine, state }: ManualMachine) =>
  trustedTableRows['iommufd.await-private'].ready?.(machine, state, Int32Array.of(0, 0, 0))

describe('DMA of a trusted device', () => {
  test('comes by the table of the host to the frame of the page, as the data of the guest', () => {
    const snp = guest()
    const frame = snp.state.privateFrame[1] - 1
    snp.state.tag[frame] = Tag.Zero
    for (const step of [issue, walk('iotlb'), finish]) snp.take(step)
    expect([snp.state.tag[frame], snp.machine.event.dma, snp.state.trustedFrame[0] - 1]).toEqual([Tag.Guest, 1, frame])
  })

  test('faults where the table has no entry', () => {
    const snp = guest()
    snp.force(unmap)
    for (const step of [issue, walk('none')]) snp.take(step)
    expect(snp.machine.event).toMatchObject({ dma: 2, reason: 0, gfn: 1 })
  })

  test('fails the check of the RMP where the frame is shared, or is assigned at another address', () => {
    const spoils = [
      (snp: ManualMachine) =>
        snp.state.owner.fill(Owner.Removed, snp.state.privateFrame[1] - 1, snp.state.privateFrame[1]),
      (snp: ManualMachine) => {
        snp.state.trustedPte[1] = snp.state.privateFrame[0]
      },
    ]
    for (const spoil of spoils) {
      const snp = guest()
      spoil(snp)
      const tags = [...snp.state.tag]
      for (const step of [issue, walk('none'), finish]) snp.take(step)
      expect(snp.machine.event).toMatchObject({ dma: 2, reason: snp.machine.blockedReason })
      expect([...snp.state.tag]).toEqual(tags)
    }
  })

  test('has no shared side: that is for devices of the host', () => {
    expect(guest().can(issue.replace('private', 'shared'))).toBe(false)
  })
})

describe('the table of the host', () => {
  test('has each page that is private at the start, and gets one that is assigned when it is mapped', () => {
    const snp = guest()
    expect([...snp.state.trustedPte]).toEqual([...snp.state.privateFrame])
    snp.force(unmap)
    snp.state.sept[1] = Sept.Free
    snp.force(map)
    expect([snp.state.trustedPte[1], snp.state.sept[1]]).toEqual([snp.state.privateFrame[1], Sept.PendingBlocked])
  })

  test('keeps nothing that a unit has cached: a flush drops that, and the wait is for DMA on its way', () => {
    const snp = guest()
    for (const step of [issue, walk('iotlb')]) snp.take(step)
    snp.force(unmap)
    expect(snp.state.trustedKey[0]).not.toBe(0)
    snp.force(flush())
    expect([[...snp.state.trustedKey], isDone(snp)]).toEqual([[0, 0], false])
    snp.take(finish)
    expect([snp.state.dma[0], isDone(snp)]).toEqual([Dma.Idle, true])
  })

  test('is flushed unit by unit', () => {
    const snp = guest({ devices: 2, trustedDevices: 2, units: 2 })
    for (const step of [issue, walk('iotlb')]) snp.take(step)
    snp.force(flush(1))
    expect(snp.state.trustedKey[0]).not.toBe(0)
  })
})
