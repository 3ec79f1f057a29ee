import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { type Part, withParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Dma, Dmar, Owner, Sept, Tag, TdInvalidation } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

/** A guest of private pages, all accepted, with one trusted device, under a host that does nothing of its own. */
function guest(
  scope: ScopeInput = {},
  platform: Partial<Platform> = {},
  parts: readonly Part[] = ['secureEpt', 'content'],
): ManualMachine {
  const made = must(makeScope({ start: 'private', trustedDevices: 1, ...scope }))
  const on = { ...presets['tdx-connect'], pageRelease: 'absent', ...platform } as const
  return new ManualMachine(machineFrom(made, on, withParts(...parts), idleHost))
}

const two = { devices: 2, trustedDevices: 2, units: 2 } as const
const [block, track, kick] = ['tdh.mem.range.block vcpu=0 gfn=1', 'tdh.mem.track vcpu=0', 'kvm.kick-vcpus vcpu=0']
const remove = 'tdh.mem.page.remove vcpu=0 gfn=1'
const request = (unit = 0) => `tdh.iq.inv.request vcpu=0 unit=${unit}`
const process = (unit = 0) => `tdh.iq.inv.process vcpu=0 unit=${unit}`
const entry = (what: string, device = 0) => `tdh.dmar.${what}-entry vcpu=0 device=${device}`
const issue = (to: 'private' | 'shared', gfn = 1, device = 0) =>
  `tdi.issue-dma device=${device} gfn=${gfn} access=write to=${to}`
const walk = (keep: string, device = 0) => `tdi.walk-secure-ept device=${device} keep=${keep}`

/** What a unit and the module do with what is queued there. */
function serve(tdx: ManualMachine, unit = 0): void {
  tdx.take(`iommu.invalidate-td unit=${unit}`)
  tdx.take(`iommu.retire-td unit=${unit}`)
  tdx.force(process(unit))
}

describe('DMA of a trusted device', () => {
  test('comes by a private address to the frame that the secure EPT has, and is the guest’s own data', () => {
    const tdx = guest()
    const frame = tdx.state.privateFrame[1] - 1
    tdx.state.tag[frame] = Tag.Zero
    for (const step of [issue('private'), walk('iotlb')]) tdx.take(step)
    expect([tdx.state.dmaFrame[0] - 1, tdx.state.trustedFrame[0] - 1]).toEqual([frame, frame])
    tdx.take('tdi.finish-dma device=0')
    expect([tdx.state.tag[frame], tdx.state.dma[0], tdx.state.dmaPrivate[0]]).toEqual([Tag.Guest, Dma.Idle, 0])
  })

  test('is blocked at a page that is pending or blocked, and by a shared address that no EPT has', () => {
    for (const sept of [Sept.Free, Sept.Pending, Sept.PendingBlocked, Sept.Blocked]) {
      const tdx = guest()
      tdx.state.sept[1] = sept
      tdx.take(issue('private'))
      expect(tdx.can(walk('iotlb'))).toBe(false)
      tdx.take(walk('none'))
      expect(tdx.machine.event).toMatchObject({ dma: 2, reason: 0, device: 0, gfn: 1 })
    }
    const tdx = guest()
    tdx.take(issue('shared'))
    tdx.take(walk('none'))
    expect([tdx.machine.event.dma, tdx.state.dma[0]]).toEqual([2, Dma.Idle])
  })

  test('goes by a shared address by the EPT of the host, unless the root does not lead there', () => {
    const tdx = guest({ start: 'shared' })
    tdx.state.sharedEpt[1] = 1
    tdx.take(issue('shared'))
    tdx.take(walk('iotlb'))
    expect(tdx.state.dmaFrame[0]).toBe(tdx.state.sharedFrame[1])
    tdx.take('tdi.finish-dma device=0')
    tdx.force('tdh.mem.shared-sept-wr vcpu=0 on=0')
    tdx.take(issue('shared'))
    expect([tdx.can(walk('iotlb')), tdx.can('tdi.use-cached device=0')]).toEqual([false, true])
  })

  test('by a shared address that is stale meets the TD as any DMA does', () => {
    const reach = (dmaToPrivate: Platform['dmaToPrivate']) => {
      const tdx = guest({ start: 'shared' }, { dmaToPrivate })
      tdx.state.sharedEpt[1] = 1
      for (const step of [issue('shared'), walk('none')]) tdx.take(step)
      tdx.state.owner[tdx.state.dmaFrame[0] - 1] = Owner.Td
      tdx.take('tdi.finish-dma device=0')
      return [tdx.machine.event.dma, tdx.state.hostDead[0]]
    }
    expect([reach('contained-fault'), reach('host-fatal')]).toEqual([
      [2, 0],
      [1, 1],
    ])
  })

  test('is no DMA of the host: a trusted device is attached to no domain, and issues nothing there', () => {
    const tdx = guest({ devices: 2 })
    expect([...tdx.state.attached]).toEqual([0, 1])
    const host = (device: number) => tdx.can(`dma.issue device=${device} gfn=0 access=write half=mapped`)
    expect([host(0), host(1), tdx.can(issue('private', 0, 1))]).toEqual([false, true, false])
  })

  test('is a write alone where nothing tells a read from it', () => {
    const tdx = guest({}, { drain: 'both' }, ['secureEpt'])
    const can = (access: string) => tdx.can(issue('private').replace('write', access))
    expect([tdx.machine.tellsReads, can('write'), can('read')]).toEqual([false, true, false])
  })

  test('is forgotten one translation at a time', () => {
    const tdx = guest()
    for (const step of [issue('private'), walk('iotlb'), 'tdi.forget-cached slot=0']) tdx.take(step)
    expect([...tdx.state.trustedKey]).toEqual([0, 0])
  })
})

describe('a page that is removed', () => {
  const tracked = (tdx: ManualMachine) => {
    for (const call of [block, track, kick]) tdx.force(call)
    return tdx
  }

  test('waits for every unit that has an accepted entry, and so does the next epoch', () => {
    const tdx = tracked(guest(two))
    const says = () => [tdx.force(remove), tdx.force(track)]
    const busy = 'TDX_IOMMU_IOTLB_TRACKING_NOT_DONE'
    expect(says()).toEqual([busy, busy])
    for (const unit of [0, 1]) {
      expect([tdx.force(remove), tdx.force(request(unit))]).toEqual([busy, 'ok'])
      expect(tdx.force(request(unit))).toBe(busy)
      serve(tdx, unit)
    }
    expect(tdx.force(remove)).toBe('ok')
  })

  test('waits for no unit without an accepted entry', () => {
    const tdx = guest(two)
    tdx.state.dmar.set([Dmar.Present, Dmar.Pending])
    tracked(tdx)
    expect([...tdx.state.iotlbOwed]).toEqual([1, 0])
    expect(tdx.force(request(1))).toBe('TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED')
  })

  test('waits for what a vCPU may hold first', () => {
    const tdx = guest()
    tdx.take('guest.access vcpu=1 gfn=0 access=read')
    for (const call of [block, track]) tdx.force(call)
    expect(tdx.force(remove)).toBe('TDX_TLB_TRACKING_NOT_DONE')
  })

  test('is out of every cache and no DMA is on its way, once the unit has answered', () => {
    const tdx = guest()
    for (const step of [issue('private'), walk('iotlb')]) tdx.take(step)
    tracked(tdx).force(request())
    tdx.take('iommu.invalidate-td unit=0')
    expect([[...tdx.state.trustedKey], tdx.can('iommu.retire-td unit=0')]).toEqual([[0, 0], false])
    tdx.force(process())
    expect(tdx.force(remove)).toBe('TDX_IOMMU_IOTLB_TRACKING_NOT_DONE')
    for (const step of ['tdi.finish-dma device=0', 'iommu.retire-td unit=0']) tdx.take(step)
    tdx.force(process())
    expect([tdx.force(remove), tdx.state.iotlbInvalidation[0]]).toEqual(['ok', TdInvalidation.None])
  })

  test.each([
    ['none', 'write', true],
    ['writes', 'read', true],
    ['writes', 'write', false],
    ['both', 'read', false],
  ] as const)('with drain=%s leaves a %s in flight behind: %s', (drain, access, isLeft) => {
    const tdx = guest({}, { drain })
    for (const step of [issue('private').replace('write', access), walk('none')]) tdx.take(step)
    tracked(tdx).force(request())
    tdx.take('iommu.invalidate-td unit=0')
    expect(tdx.can('iommu.retire-td unit=0')).toBe(isLeft)
  })

  test('is not asked for before an epoch has begun', () => {
    expect(guest().force(request())).toBe('TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED')
  })
})

describe('the entry of a device', () => {
  const refused = 'TDX_DMAR_INVALID_MAPPING_STATE'
  const accept = 'tdg.dmar.accept-entry vcpu=0 device=0'

  test('is blocked, invalidated and removed in this order, and used until it is invalidated', () => {
    const tdx = guest()
    const requestEntry = 'tdh.iq.inv.request-entry vcpu=0 device=0'
    expect([tdx.force(entry('remove')), tdx.force(requestEntry), tdx.force(entry('add'))]).toEqual([
      refused,
      refused,
      refused,
    ])
    tdx.take(issue('private'))
    expect([tdx.force(entry('block')), tdx.force(entry('block')), tdx.force(entry('remove'))]).toEqual([
      'ok',
      refused,
      'TDX_DMAR_INVALID_INV_STATE',
    ])
    expect([tdx.can(walk('iotlb')), tdx.force(requestEntry), tdx.force(requestEntry)]).toEqual([
      true,
      'ok',
      'TDX_DMAR_INVALID_INV_STATE',
    ])
    serve(tdx)
    tdx.take(walk('none'))
    expect(tdx.machine.event.reason).toBe(5)
    expect([tdx.force(entry('remove')), tdx.state.dmar[0]]).toEqual(['ok', Dmar.Free])
  })

  test('is invalidated by a descriptor of its own: the unit has done none for the whole TD', () => {
    const tdx = guest()
    tdx.force(entry('block'))
    tdx.force('tdh.iq.inv.request-entry vcpu=0 device=0')
    const seen = () => [tdx.state.dmarInvalidation[0], tdx.state.iotlbInvalidation[0]]
    tdx.take('iommu.invalidate-td unit=0')
    expect(seen()).toEqual([TdInvalidation.Dropped, TdInvalidation.None])
    tdx.take('iommu.retire-td unit=0')
    expect(seen()).toEqual([TdInvalidation.Passed, TdInvalidation.None])
  })

  test('is not removed while a unit owes an invalidation, unless it was never accepted', () => {
    const removed = (from: number) => {
      const tdx = guest(two)
      tdx.state.dmar[0] = from
      tdx.state.dmarInvalidation[0] = TdInvalidation.Done
      tdx.state.iotlbOwed[1] = 1
      return tdx.force(entry('remove'))
    }
    expect([removed(Dmar.Blocked), removed(Dmar.PendingBlocked)]).toEqual(['TDX_IOMMU_IOTLB_TRACKING_NOT_DONE', 'ok'])
  })

  test('leads nowhere until the guest has accepted it', () => {
    const tdx = guest()
    tdx.state.dmar[0] = Dmar.Free
    expect([tdx.take(accept), tdx.force(entry('add'))]).toEqual([refused, 'ok'])
    tdx.take(issue('private'))
    expect([tdx.can(walk('iotlb')), tdx.take(accept), tdx.can(walk('iotlb'))]).toEqual([false, 'ok', true])
    expect(tdx.can(accept)).toBe(false)
  })

  test('that is blocked before it was accepted is used by nothing', () => {
    const tdx = guest()
    tdx.state.dmar[0] = Dmar.Pending
    tdx.take(issue('private'))
    expect([tdx.force(entry('block')), tdx.state.dmar[0], tdx.can(walk('iotlb'))]).toEqual([
      'ok',
      Dmar.PendingBlocked,
      false,
    ])
  })
})

describe('a page that the guest has to release', () => {
  const released = 'tdg.mem.release-page vcpu=0 gfn=1'
  const required = () => guest({}, { pageRelease: 'required' })
  const ask = 'guest.convert vcpu=0 gfn=1 count=1 to=shared'

  test('cannot be blocked before, and is pending after', () => {
    const tdx = required()
    expect([tdx.force(block), tdx.take(released), tdx.state.sept[1], tdx.take(released), tdx.force(block)]).toEqual([
      'TDX_EPT_ENTRY_STATE_INCORRECT',
      'ok',
      Sept.Pending,
      'TDX_EPT_ENTRY_STATE_INCORRECT',
      'ok',
    ])
  })

  test('is asked for as shared only after, by a guest that follows the rule', () => {
    const tdx = required()
    expect([tdx.can(ask), tdx.take(released), tdx.can(ask)]).toEqual([false, 'ok', true])
    expect(guest().can(ask)).toBe(true)
  })

  test('is touched as shared only after, too', () => {
    const tdx = guest({ implicit: 'own' }, { pageRelease: 'required' })
    const touch = 'kvm.memory-fault vcpu=0 gfn=1 to=shared'
    expect([tdx.can(touch), tdx.take(released), tdx.can(touch)]).toEqual([false, 'ok', true])
  })

  test('is the guest’s again when it accepts it', () => {
    const tdx = required()
    tdx.take(released)
    expect(tdx.take('tdg.mem.page.accept vcpu=0 gfn=1')).toBe('ok')
    expect([tdx.state.released[1], tdx.can(ask), tdx.can(released)]).toEqual([0, false, true])
  })
})

test('without a trusted device a machine of TDX Connect has the state of one of TDX', () => {
  const bytes = (architecture: Platform['architecture']) =>
    guest({ trustedDevices: 0 }, { architecture, pageRelease: 'absent' }).state.bytes
  expect(bytes('tdx-connect')).toEqual(bytes('tdx'))
})

test.each([
  [{ trustedDevices: 2 }, 'scope.trustedDevices: found 2, expected at most devices (1)'],
  [
    { trustedDevices: 1, hotplug: true },
    'scope.trustedDevices: found 1, expected 0, with hotplug=true or lateAts=true',
  ],
] as const)('a scope of %j is refused', (input, message) => {
  expect(makeScope(input)).toMatchObject({ ok: false, problem: { message } })
})
