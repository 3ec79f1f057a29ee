import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { reasonNames } from '../../machine/effects.js'
import { type Part, withParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Dma, HostPage, IdentityEntry, Owner, Sept, Tag } from '../../machine/state.js'
import { makeLeaf, Perm } from '../../memory/page-table.js'
import { tlbKey } from '../../memory/tlb.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

/** A guest under pKVM, with a host that does nothing of its own. */
function guest(input: ScopeInput = {}, platform: Partial<Platform> = {}, parts: Part[] = []): ManualMachine {
  const scope = must(makeScope({ start: 'shared', backing: 'in-place', ...input }))
  return new ManualMachine(machineFrom(scope, { ...presets.pkvm, ...platform }, withParts(...parts), idleHost))
}

const unmap = 'pkvm.host-unmap vcpu=0 gfn=1'
const cut = 'pkvm.idmap-unmap vcpu=0 gfn=1'
const complete = 'pkvm.idmap-complete vcpu=0 gfn=1 count=1'
const own = 'kvm.set-attributes vcpu=0 gfn=1 count=1 to=private'
const unshare = [unmap, cut, complete, own]
const share = [
  'kvm.set-attributes vcpu=0 gfn=1 count=1 to=shared',
  'pkvm.host-map vcpu=0 gfn=1',
  'pkvm.idmap-map vcpu=0 gfn=1',
]
const issue = 'dma.issue device=0 gfn=1 access=write half=mapped'
const walk = 'iommu.walk device=0 keep=none'

/** Maps the page by the tables of the host. */
function mapped(pkvm: ManualMachine): ManualMachine {
  pkvm.force('mm.pin-page vcpu=0 iovfn=1')
  pkvm.force('iommu.write-entry vcpu=0 domain=0 iovfn=1 size=4k')
  return pkvm
}

const seen = ({ state }: ManualMachine) => [state.hostPage[1], state.idmap[1], state.owner[1]]

describe('a page that the guest takes back', () => {
  test('leaves the host, then the identity map, then what SMMUs have of that, and is the guest’s at last', () => {
    const pkvm = guest()
    const steps = unshare.map((step) => [pkvm.force(step), ...seen(pkvm)])
    expect(steps).toEqual([
      ['ok', HostPage.NoPage, IdentityEntry.Mapped, Owner.Host],
      ['ok', HostPage.NoPage, IdentityEntry.Stale, Owner.Host],
      ['ok', HostPage.NoPage, IdentityEntry.Absent, Owner.Host],
      ['ok', HostPage.NoPage, IdentityEntry.Absent, Owner.Td],
    ])
  })

  test('comes back in the other order', () => {
    const pkvm = guest()
    for (const step of unshare) pkvm.force(step)
    expect(share.map((step) => [pkvm.force(step), ...seen(pkvm)])).toEqual([
      ['ok', HostPage.NoPage, IdentityEntry.Absent, Owner.Host],
      ['ok', HostPage.Borrowed, IdentityEntry.Absent, Owner.Host],
      ['ok', HostPage.Borrowed, IdentityEntry.Mapped, Owner.Host],
    ])
  })

  test('is asked for once, and given once', () => {
    const pkvm = guest()
    expect([unmap, unmap].map((step) => pkvm.force(step))).toEqual(['ok', 'EPERM'])
    expect(['pkvm.host-map vcpu=0 gfn=1', 'pkvm.host-map vcpu=0 gfn=1'].map((one) => pkvm.force(one))).toEqual([
      'ok',
      'EPERM',
    ])
  })

  test('stays with the host while a mapping of it is counted: pins do not count, an entry of the SMMU does', () => {
    const pkvm = guest({}, { identityMap: 'counted' })
    pkvm.force('mm.pin-page vcpu=0 iovfn=1')
    pkvm.force('iommu.write-entry vcpu=0 domain=0 iovfn=1 size=4k')
    expect(pkvm.force(unmap)).toBe('EBUSY')
    pkvm.force('iommu.clear-entry vcpu=0 domain=0 iovfn=1 size=4k')
    expect([pkvm.state.pins[1], pkvm.force(unmap), pkvm.state.idmap.length]).toEqual([1, 'ok', 0])
  })

  test('is not counted by a mapping of another page', () => {
    const pkvm = guest({}, { identityMap: 'counted' })
    pkvm.force('mm.pin-page vcpu=0 iovfn=2')
    pkvm.force('iommu.write-entry vcpu=0 domain=0 iovfn=2 size=4k')
    expect(pkvm.force(unmap)).toBe('ok')
  })

  test('is counted by what an SMMU has cached: of its own page, or of a superpage around it', () => {
    const refused = (gfn: number, large: boolean, frame: number) => {
      const pkvm = guest({}, { identityMap: 'counted' })
      pkvm.state.iotlbKey[0] = tlbKey(pkvm.machine, 0, gfn, large)
      pkvm.state.iotlbLeaf[0] = makeLeaf(frame, Perm.Both)
      return pkvm.force(unmap)
    }
    expect([refused(1, false, 1), refused(0, true, 0)]).toEqual(['EBUSY', 'EBUSY'])
    expect([refused(0, false, 0), refused(2, false, 2), refused(2, true, 2)]).toEqual(['ok', 'ok', 'ok'])
  })

  test('is counted by a superpage around it', () => {
    const pkvm = guest({}, { identityMap: 'counted' })
    for (const page of [0, 1]) pkvm.force(`mm.pin-page vcpu=0 iovfn=${page}`)
    pkvm.force('iommu.write-entry vcpu=0 domain=0 iovfn=0 size=superpage')
    expect(pkvm.force(unmap)).toBe('EBUSY')
  })

  test('is counted until the invalidation behind the unmap is over, with the DMA that was translated before', () => {
    const pkvm = mapped(guest({}, { identityMap: 'counted' }))
    pkvm.take(issue)
    pkvm.take('iommu.walk device=0 keep=iotlb')
    pkvm.force('iommu.clear-entry vcpu=0 domain=0 iovfn=1 size=4k')
    expect(pkvm.force(unmap)).toBe('EBUSY')
    pkvm.take('dma.complete device=0')
    expect(pkvm.force(unmap)).toBe('EBUSY')
    pkvm.take('iommu.evict-iotlb slot=0')
    expect(pkvm.force(unmap)).toBe('ok')
  })
})

describe('a DMA under the identity map', () => {
  test('is a fault of stage 2 where the map has no entry, and reaches the frame while it has one, or had', () => {
    const ends = [[], [unmap, cut], [unmap, cut, complete]].map((before) => {
      const pkvm = mapped(guest())
      for (const step of before) pkvm.force(step)
      pkvm.take(issue)
      pkvm.take(walk)
      return [pkvm.state.dma[0], reasonNames[pkvm.machine.event.reason]]
    })
    expect(ends.map(([dma]) => dma)).toEqual([Dma.Translated, Dma.Translated, Dma.Idle])
    expect(ends[2]?.[1]).toBe('stage 2')
  })

  test('is over before the invalidation ends, and arrives though the entry is gone', () => {
    const pkvm = mapped(guest({}, {}, ['content', 'secureEpt']))
    pkvm.take(issue)
    pkvm.take(walk)
    pkvm.force(unmap)
    pkvm.force(cut)
    expect(pkvm.can('pkvm.evict-identity frame=1')).toBe(true)
    pkvm.take('pkvm.evict-identity frame=1')
    pkvm.take('dma.complete device=0')
    expect([pkvm.state.tag[1], pkvm.state.idmap[1]]).toEqual([Tag.Device, IdentityEntry.Absent])
  })

  test('drops with the entry all that an SMMU has of stage 1', () => {
    const pkvm = mapped(guest())
    pkvm.take(issue)
    pkvm.take('iommu.walk device=0 keep=iotlb')
    pkvm.take('dma.complete device=0')
    const before = pkvm.state.iotlbKey[0]
    for (const step of [unmap, cut, complete]) pkvm.force(step)
    expect([before !== 0, pkvm.state.iotlbKey[0]]).toEqual([true, 0])
  })

  test('by a device’s own TLB is not translated again: only an invalidation there ends it', () => {
    const pkvm = mapped(guest({}, { ats: true }, ['deviceTlb']))
    pkvm.take(issue)
    pkvm.take('iommu.walk device=0 keep=device-tlb')
    pkvm.take('dma.complete device=0')
    for (const step of unshare) pkvm.force(step)
    pkvm.take(issue)
    expect(pkvm.can('dma.hit-device-tlb device=0 size=4k')).toBe(true)
    pkvm.force('pkvm.atc-invalidate vcpu=0')
    expect(pkvm.can('dma.hit-device-tlb device=0 size=4k')).toBe(false)
    expect(pkvm.can('iommu.walk device=0 keep=device-tlb')).toBe(false)
  })
})

describe('a page that the guest has not touched', () => {
  const untouched = (parts: Part[] = []) => guest({ start: 'private' }, {}, ['secureEpt', 'content', ...parts])

  test('is the host’s until the fault, and then the guest’s with what is in it', () => {
    const pkvm = untouched()
    expect(seen(pkvm)).toEqual([HostPage.Owned, IdentityEntry.Mapped, Owner.Host])
    pkvm.take('kvm.fault-resolve vcpu=0 gfn=1')
    pkvm.take('kvm.fault-install vcpu=0')
    expect(seen(pkvm)).toEqual([HostPage.NoPage, IdentityEntry.Absent, Owner.Td])
    expect([pkvm.state.sept[1], pkvm.state.tag[1]]).toEqual([Sept.Mapped, Tag.Guest])
    expect(pkvm.force('pkvm.donate vcpu=0 gfn=1')).toBe('EPERM')
  })

  test('is not donated while an SMMU has a DMA to it under way', () => {
    const pkvm = mapped(untouched())
    pkvm.take(issue)
    pkvm.take(walk)
    pkvm.take('kvm.fault-resolve vcpu=0 gfn=1')
    expect(pkvm.can('kvm.fault-install vcpu=0')).toBe(false)
    pkvm.take('dma.complete device=0')
    expect(pkvm.can('kvm.fault-install vcpu=0')).toBe(true)
  })

  test('is not donated while a mapping of it is counted', () => {
    const pkvm = mapped(guest({ start: 'private' }, { identityMap: 'counted' }, ['secureEpt']))
    expect(pkvm.force('pkvm.donate vcpu=0 gfn=1')).toBe('EINVAL')
  })

  test('is taken by force only where the guest has it, no call holds the MMU lock, and the guest lives', () => {
    const may = (spoil: (hand: ManualMachine) => unknown) => {
      const pkvm = untouched(['hostAccess'])
      pkvm.take('kvm.fault-resolve vcpu=0 gfn=1')
      pkvm.take('kvm.fault-install vcpu=0')
      spoil(pkvm)
      return pkvm.can('pkvm.force-reclaim gfn=1')
    }
    expect(may(() => undefined)).toBe(true)
    expect([
      may(({ state }) => state.lock.fill(1)),
      may(({ state }) => state.tdDead.fill(1)),
      may(({ state }) => state.sept.fill(Sept.Free)),
      may(({ state }) => state.hostPage.fill(HostPage.Borrowed)),
    ]).toEqual([false, false, false, false])
  })

  test('is cleared and lost once a system call has touched it as the guest’s', () => {
    const pkvm = untouched(['hostAccess'])
    expect(pkvm.can('pkvm.force-reclaim gfn=1')).toBe(false)
    pkvm.take('kvm.fault-resolve vcpu=0 gfn=1')
    pkvm.take('kvm.fault-install vcpu=0')
    pkvm.take('pkvm.force-reclaim gfn=1')
    expect([...seen(pkvm), pkvm.state.tag[1]]).toEqual([HostPage.Owned, IdentityEntry.Mapped, Owner.Host, Tag.Zero])
    expect([pkvm.can('kvm.fault-resolve vcpu=0 gfn=1'), pkvm.force('pkvm.donate vcpu=0 gfn=1')]).toEqual([
      false,
      'EHWPOISON',
    ])
  })
})
