import { expect, test } from 'vitest'
import { CallKind } from '../model/machine/effects.js'
import { Errno } from '../model/machine/errno.js'
import type { Machine } from '../model/machine/machine.js'
import { Dma, Table } from '../model/machine/state.js'
import { makeLeaf, Perm, writePage } from '../model/memory/page-table.js'
import { tlbKey } from '../model/memory/tlb.js'
import { qemuStops } from '../spec/index.js'
import { callsAsPromised } from './calls.js'
import { all, type Breach, byHand, judges, type Near, type Unlike, witnessOf } from './testing/by-hand.js'

type Spoil = Breach['spoil']

/** A call on pages 1 and 2 is over. */
const over =
  (kind: keyof typeof CallKind, callFailed: number, callRights = 0): Spoil =>
  (m) =>
    Object.assign(m.event, { callKind: CallKind[kind], callFailed, callFirst: 1, callEnd: 3, callRights })
const unmapped = over('unmap', 0)
const mapFailed = over('map', Errno.EINVAL)
const frame = 1
const entry =
  (iovfn: number, rights: number): Spoil =>
  (m, s) =>
    writePage(m, s, s.domain[0], iovfn, makeLeaf(iovfn, rights))
const cachedTable: Spoil = (m, s) => {
  entry(1, Perm.Both)(m, s)
  s.walkCache[0] = s.table.indexOf(Table.Linked) + 1
  s.pde.fill(0)
}
const inIotlb =
  (gfn: number): Spoil =>
  (m, s) => {
    s.iotlbKey[0] = tlbKey(m, 0, gfn, false)
    s.iotlbLeaf[0] = makeLeaf(gfn, Perm.Both)
  }
const inDevice: Spoil = (m, s) => {
  s.devtlbKey[0] = tlbKey(m, 0, 1, false)
  s.devtlbLeaf[0] = makeLeaf(frame, Perm.Both)
}
/** A DMA is on its way to the frame; by what the device itself translated (`State.dmaByDevice`). */
const inFlight =
  (write: number, byDevice = 0): Spoil =>
  (_, s) => {
    s.dma[0] = Dma.Translated
    s.dmaGfn[0] = 1
    s.dmaFrame[0] = frame + 1
    s.dmaWrite[0] = write
    if (s.dmaByDevice.length > 0) s.dmaByDevice[0] = byDevice
  }
/** A device is detached, and as many mappings are gone with it. */
const detached = (lost: number): Spoil => all(over('detach', 0), (m) => Object.assign(m.event, { lostMappings: lost }))
const pluggable: Unlike = { scope: { hotplug: true } }
const noneLeft: Spoil = (_, s) => s.attached.fill(0)
const mapping: Spoil = (_, s) => s.mapOf.fill(2, 1, 3)

const walks: Unlike = { parts: ['walkCache'] }
const ats: Unlike = { parts: ['deviceTlb'], platform: { ats: true, drain: 'none' } }
const drain = (which: Machine['platform']['drain']): Unlike => ({ platform: { drain: which } })
const iommufd: Unlike = { host: { accounting: 'iommufd' } }
const old: Unlike = { platform: { writeImpliesRead: true } }
const incoherent: Unlike = { parts: ['coherency'], platform: { coherentPageWalk: false } }
const mapped: Spoil = all(entry(1, Perm.Both), entry(2, Perm.Both), over('map', 0))
const written: Spoil = (_, s) => {
  s.visiblePde.set(s.pde)
  s.visiblePte.set(s.pte)
}
/** A unit has cached that a page of a domain is not present, or all of its superpage. */
const absent =
  (domain: number, gfn: number, isLarge = false): Spoil =>
  (m, s) => {
    s.iotlbKey[0] = tlbKey(m, domain, gfn, isLarge)
    s.iotlbLeaf[0] = 0
  }

const reached = (way: string) => `an unmap is done, and a device still reaches page 1 by ${way}`
const otherRights = (has: string, asked: string) =>
  `vtd.permissions/write-only-exact-7-2: a map is done, and the entry of page 2 has ${has} in place of ${asked}`

const breaches: readonly Breach[] = [
  {
    that: 'an entry is left by an unmap',
    spoil: all(entry(1, Perm.Read), unmapped),
    breaks: `vfio.unmap/superset: ${reached('the tables')}`,
  },
  {
    that: 'the same by iommufd, at the last page',
    on: iommufd,
    spoil: all(entry(2, Perm.Both), unmapped),
    breaks: `iommufd.unmap/clear-flush-unpin: ${reached('the tables').replace('page 1', 'page 2')}`,
  },
  {
    that: 'a table that is gone is cached',
    on: walks,
    spoil: all(cachedTable, unmapped),
    breaks: `vtd.invalidation/hint-needs-no-freed-table: ${reached('the paging-structure cache')}`,
  },
  {
    that: 'an entry of the IOTLB is left',
    spoil: all(inIotlb(1), unmapped),
    breaks: `vfio.removal/clear-then-sync: ${reached('the IOTLB')}`,
  },
  {
    that: 'an entry of a device TLB is left',
    on: ats,
    spoil: all(inDevice, unmapped),
    breaks: `vtd.device-tlb/required: ${reached('a device TLB')}`,
  },
  ...[
    { that: 'a write is in flight, which a flush waits for', on: drain('writes'), spoil: inFlight(1) },
    { that: 'a read is, where it waits for both', on: drain('both'), spoil: inFlight(0) },
    { that: 'a DMA is by what its device translated', on: ats, spoil: inFlight(0, 1) },
  ].map(({ that, on, spoil }) => ({
    ...{ that, on, spoil: all(spoil, unmapped) },
    breaks: `vtd.invalidation/drain: ${reached('a DMA in flight (no flush has waited for it)')}`,
  })),
  {
    that: 'a map fails and leaves an entry',
    spoil: all(entry(2, Perm.Both), mapFailed),
    breaks: 'vfio.map/rollback: a map has failed, and a device reaches page 2, which no mapping covers, by the tables',
  },
  {
    that: 'it leaves an entry of the IOTLB, by iommufd',
    on: iommufd,
    spoil: all(inIotlb(1), mapFailed),
    breaks:
      'iommufd.map/rollback: a map has failed, and a device reaches page 1, which no mapping covers, by the IOTLB',
  },
  {
    that: 'beside a page that a mapping covers it leaves an entry of the IOTLB',
    spoil: all(entry(1, Perm.Both), (_, s) => s.mapOf.fill(2, 1, 2), inIotlb(2), mapFailed),
    breaks: 'vfio.map/rollback: a map has failed, and a device reaches page 2, which no mapping covers, by the IOTLB',
  },
  {
    that: 'a page is pinned again',
    spoil: (m) => Object.assign(m.event, { pinnedAgain: 0 }),
    breaks: 'vfio.accounting/locked-pages: page 0 is pinned once more, though its mapping has a pin of it',
  },
  {
    that: 'a page is pinned again, by iommufd',
    on: iommufd,
    spoil: (m) => Object.assign(m.event, { pinnedAgain: 2 }),
    breaks: 'iommufd.domains/pinned-once: page 2 is pinned once more, though its mapping has a pin of it',
  },
  {
    that: 'a page that stays mapped gets other rights',
    spoil: (m) => Object.assign(m.event, { rightsChanged: 0 }),
    breaks: 'vfio.accounting/no-modify: page 0 stays mapped, and its entry has other rights than before',
  },
  {
    that: 'it gets them by iommufd',
    on: iommufd,
    spoil: (m) => Object.assign(m.event, { rightsChanged: 3 }),
    breaks: 'iommufd.domains/no-split: page 3 stays mapped, and its entry has other rights than before',
  },
  {
    that: 'a map leaves its last page out',
    spoil: all(entry(1, Perm.Both), over('map', 0)),
    breaks: 'vfio.map/pins-before-entries: a map is done, and page 2 has no entry',
  },
  ...[
    { that: 'all rights, and has one', on: {}, has: Perm.Read, asked: 0, says: otherRights('read', 'read and write') },
    { that: 'to read, and may write', on: {}, has: Perm.Both, asked: 1, says: otherRights('read and write', 'read') },
    { that: 'to write, and may read', on: {}, has: Perm.Both, asked: 2, says: otherRights('read and write', 'write') },
    { that: 'to write, and reads', on: {}, has: Perm.Read, asked: 2, says: otherRights('read', 'write') },
    { that: 'to read, on 6.12', on: old, has: Perm.Both, asked: 1, says: otherRights('read and write', 'read') },
    { that: 'to write, on 6.12', on: old, has: Perm.Write, asked: 2, says: otherRights('write', 'read and write') },
  ].map(({ that, on, has, asked, says }) => ({
    that: `a map asks for ${that}`,
    on,
    spoil: all(
      entry(1, on === old && asked === 2 ? Perm.Both : asked || Perm.Both),
      entry(2, has),
      over('map', 0, asked),
    ),
    breaks: says,
  })),
  {
    that: 'the units do not see what a map wrote',
    on: incoherent,
    spoil: mapped,
    breaks:
      'vtd.visibility/cache-line-flush: a map is done, and the units do not see the entry of page 1 as it was written',
  },
  {
    that: 'they see another entry for its last page',
    on: incoherent,
    spoil: all(mapped, written, entry(2, Perm.Both), (_, s) => s.visiblePte.fill(0, 2)),
    breaks:
      'vtd.visibility/cache-line-flush: a map is done, and the units do not see the entry of page 2 as it was written',
  },
  ...[
    { that: 'its last page', spoil: absent(0, 2), page: 2 },
    { that: 'a superpage around its first', spoil: absent(0, 1, true), page: 1 },
  ].map(({ that, spoil, page }) => ({
    that: `a unit has cached that ${that} is not present`,
    spoil: all(mapped, spoil),
    breaks: `vtd.visibility/map-flush: a map is done, and a unit has cached that page ${page} is not present`,
  })),
  {
    that: 'a detach takes a mapping while another device is attached',
    on: pluggable,
    spoil: detached(1),
    breaks: 'vfio.removal/last-group: one device is detached, another is not, and mappings are gone: 1',
  },
  {
    that: 'a detach takes two areas of iommufd',
    on: { ...iommufd, ...pluggable },
    spoil: detached(2),
    breaks: 'iommufd.domains/detach-empties: one device is detached, another is not, and mappings are gone: 2',
  },
]

const near: readonly Near[] = [
  { that: 'entries beside the range are left', spoil: all(entry(0, Perm.Both), entry(3, Perm.Both), unmapped) },
  { that: 'the IOTLB has a page beside the range', spoil: all(inIotlb(3), unmapped) },
  { that: 'a read is in flight, and a flush waits for writes', on: drain('writes'), spoil: all(inFlight(0), unmapped) },
  { that: 'a DMA is in flight, and no flush waits', on: drain('none'), spoil: all(inFlight(1), unmapped) },
  { that: 'the unit itself translated a DMA, and no flush waits', on: ats, spoil: all(inFlight(1), unmapped) },
  { that: 'another page has a DMA in flight', spoil: all(inFlight(1), (_, s) => s.dmaGfn.fill(3), unmapped) },
  { that: 'a DMA is not translated yet', spoil: all(inFlight(1), (_, s) => s.dma.fill(Dma.Issued), unmapped) },
  { that: 'a failed map found a mapping', spoil: all(entry(1, Perm.Both), mapping, mapFailed) },
  { that: 'an unmap fails', spoil: all(entry(1, Perm.Both), over('unmap', Errno.EINVAL)) },
  { that: 'another call is over', spoil: all(entry(1, Perm.Both), over('detach', 0)) },
  { that: 'a map has what it asked for', spoil: all(entry(1, Perm.Both), entry(2, Perm.Both), over('map', 0)) },
  { that: 'the units see what a map wrote', on: incoherent, spoil: all(mapped, written) },
  { that: 'a unit has cached that a page beside a map is not present', spoil: all(mapped, absent(0, 3)) },
  { that: 'it has, of a page of another domain', spoil: all(mapped, absent(1, 1)) },
  { that: 'a unit does not see an unmap that fails', on: incoherent, spoil: all(mapped, over('unmap', Errno.EINVAL)) },
  { that: 'a map reads', spoil: all(entry(1, Perm.Read), entry(2, Perm.Read), over('map', 0, Perm.Read)) },
  { that: 'a map writes', spoil: all(entry(1, Perm.Write), entry(2, Perm.Write), over('map', 0, Perm.Write)) },
  {
    that: 'what is asked to write may read on 6.12',
    on: old,
    spoil: all(entry(1, Perm.Both), entry(2, Perm.Both), over('map', 0, Perm.Write)),
  },
  {
    that: 'a map has no device whose tables it could write',
    on: pluggable,
    spoil: all(over('map', 0), noneLeft),
  },
  { that: 'the last device takes all mappings', on: pluggable, spoil: all(detached(2), noneLeft) },
  { that: 'a detach takes nothing', on: pluggable, spoil: detached(0) },
  { that: 'a detach fails', on: pluggable, spoil: all(detached(1), over('detach', Errno.EINVAL)) },
]

judges(callsAsPromised, breaches, near)

test('calls-as-promised is witnessed by a map or an unmap that succeeds', () => {
  const seen = (kind: keyof typeof CallKind, errno: number) => witnessOf(callsAsPromised, {}, over(kind, errno))
  expect([seen('map', 0), seen('unmap', 0), seen('attach', 0)]).toEqual([1, 1, 0])
  expect([seen('map', Errno.EINVAL), seen('unmap', Errno.EINVAL)]).toEqual([0, 0])
  expect(callsAsPromised.fullWitness).toBe(1)
})

test('calls-as-promised makes no sense where a rule has calls end early', () => {
  expect(callsAsPromised.notOn?.(byHand().machine)).toBeUndefined()
  const early = byHand({ host: { endsEarly: qemuStops } }).machine
  expect(callsAsPromised.notOn?.(early)).toBe(`${qemuStops.statement} [kvm.vmm/qemu-stops]`)
})
