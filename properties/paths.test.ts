import { expect, test } from 'vitest'
import { Dma, Owner, Table } from '../model/machine/state.js'
import { makeLeaf, Perm, writePage } from '../model/memory/page-table.js'
import { tlbKey } from '../model/memory/tlb.js'
import { findPath, pathNames } from './paths.js'
import { all, type Breach, byHand, type Unlike } from './testing/by-hand.js'

type Spoil = Breach['spoil']

/** A state, and the frames to which some device comes from page 1 and from its neighbour 0; -1 is a freed table. */
interface Way {
  readonly that: string
  readonly on?: Unlike
  readonly spoil: Spoil
  readonly to: readonly [readonly number[], readonly number[]]
}

/** Device 0 is behind unit 0 and device 1 behind unit 1, both with the tables of domain 0. */
const scope = { devices: 2, units: 2, walkCacheEntries: 2 } as const
const walks: Unlike = { scope, parts: ['walkCache'] }
const ats: Unlike = { scope, parts: ['deviceTlb'], platform: { ats: true } }
const contexts: Unlike = { scope, parts: ['contextCache'] }
const incoherent: Unlike = { scope, parts: ['coherency', 'walkCache'], platform: { coherentPageWalk: false } }
const lateContext: Unlike = { scope, parts: ['contextCache', 'deviceTlb'], platform: { ats: true } }
const messages: Unlike = { scope, parts: ['unitMessages'] }
const second: Unlike = { scope: { ...scope, secondContainer: true } }

const none = [[], []] as const
/** Page 1 of a domain leads to a frame. */
const entry =
  (domain: number, frame: number): Spoil =>
  (m, s) =>
    writePage(m, s, domain, 1, makeLeaf(frame, Perm.Read))
const attached =
  (...domains: readonly number[]): Spoil =>
  (_, s) =>
    s.attached.set(domains)
const superpage: Spoil = (_, s) => s.pde.fill(makeLeaf(8, Perm.Both), 0, 1)
/** A slot of the paging-structure cache names the first table of a domain's first region, of two with two tables. */
const cached =
  (slot: number, domain: number): Spoil =>
  (_, s) => {
    s.walkCache[slot] = domain * 4 + 1
    s.pde.fill(0)
  }
const freed: Spoil = (_, s) => s.table.fill(Table.Free)
const inUse: Spoil = (_, s) => s.table.fill(Table.Linked)
const inIotlb =
  (slot: number, domain: number, isLarge: boolean, leaf = makeLeaf(8, Perm.Both)): Spoil =>
  (m, s) => {
    s.iotlbKey[slot] = tlbKey(m, domain, 1, isLarge)
    s.iotlbLeaf[slot] = leaf
  }
const inDevice =
  (slot: number, isLarge: boolean): Spoil =>
  (m, s) => {
    s.devtlbKey[slot] = tlbKey(m, 0, 1, isLarge)
    s.devtlbLeaf[slot] = makeLeaf(8, Perm.Both)
  }
const inFlight =
  (phase: number): Spoil =>
  (_, s) => {
    s.dma[1] = phase
    s.dmaGfn[1] = 1
    s.dmaFrame[1] = 9
  }
const message =
  (owner: number): Spoil =>
  (_, s) => {
    s.messageFrame[1] = 9
    s.privateFrame[1] = 9
    s.owner[8] = owner
  }
const context =
  (present: number, id: number, tables: number, cachedTables = 0): Spoil =>
  (_, s) => {
    s.attached.fill(0)
    s.contextPresent.set([0, present])
    s.contextId.set([0, id])
    s.contextTables.set([0, tables])
    s.cachedTables.set([0, cachedTables])
  }
const visible: Spoil = (_, s) => {
  s.visiblePde.set(s.pde)
  s.visiblePte.set(s.pte)
}

const ways: Readonly<Record<string, readonly Way[]>> = {
  'the tables': [
    { that: 'an entry leads to a frame', spoil: entry(0, 8), to: [[8], []] },
    { that: 'a superpage leads to a frame for each page', spoil: superpage, to: [[9], [8]] },
    { that: 'no device uses the domain', spoil: entry(1, 8), to: none },
    { that: 'a device uses the other domain', spoil: all(entry(1, 8), attached(1, 2)), to: [[8], []] },
    { that: 'both domains are in use', spoil: all(entry(0, 8), entry(1, 5), attached(2, 1)), to: [[8, 5], []] },
    { that: 'no device is attached', spoil: all(entry(0, 8), attached(0, 0)), to: none },
    { that: 'the IOMMU does not see the entry yet', on: incoherent, spoil: entry(0, 8), to: none },
    { that: 'it sees the entry', on: incoherent, spoil: all(entry(0, 8), visible), to: [[8], []] },
    {
      that: 'it sees an entry that is gone',
      on: incoherent,
      spoil: all(entry(0, 8), visible, (_, s) => s.pte.fill(0)),
      to: [[8], []],
    },
    {
      that: 'it sees a table that was freed',
      on: incoherent,
      spoil: all(entry(0, 8), visible, freed, (_, s) => s.pde.fill(0)),
      to: [[-1, 8], [-1]],
    },
    { that: 'it sees a superpage', on: incoherent, spoil: all(superpage, visible), to: [[9], [8]] },
    {
      that: 'a cached context entry has the tables',
      on: contexts,
      spoil: all(entry(0, 8), context(0, 0, 0, 1)),
      to: [[8], []],
    },
    {
      that: 'a context entry in memory has them',
      on: contexts,
      spoil: all(entry(0, 8), context(1, 0, 1)),
      to: [[8], []],
    },
    { that: 'a context entry is not present', on: contexts, spoil: all(entry(0, 8), context(0, 1, 1)), to: none },
    { that: 'it has other tables', on: contexts, spoil: all(entry(0, 8), context(1, 1, 2)), to: none },
  ],
  'the paging-structure cache': [
    { that: 'a table is cached that nothing links', on: walks, spoil: all(entry(0, 8), cached(0, 0)), to: [[8], []] },
    { that: 'by the last slot of the other unit', on: walks, spoil: all(entry(0, 8), cached(3, 0)), to: [[8], []] },
    { that: 'the table was freed', on: walks, spoil: all(entry(0, 8), cached(2, 0), freed), to: [[-1, 8], [-1]] },
    { that: 'the table is of a domain that is not used', on: walks, spoil: all(entry(1, 8), cached(0, 1)), to: none },
    {
      that: 'it is of the domain that a device behind the unit uses',
      on: walks,
      spoil: all(entry(1, 8), cached(2, 1), attached(1, 2)),
      to: [[8], []],
    },
    {
      that: 'it is of a domain that a device behind another unit uses',
      on: walks,
      spoil: all(entry(1, 8), cached(1, 1), attached(1, 2)),
      to: none,
    },
    {
      that: 'the table is of another region',
      on: walks,
      spoil: all(inUse, (_, s) => s.walkCache.fill(3, 0, 1)),
      to: none,
    },
    {
      that: 'the IOMMU sees an entry that is gone',
      on: incoherent,
      spoil: all(
        entry(0, 8),
        visible,
        cached(0, 0),
        (_, s) => s.visiblePde.fill(0),
        (_, s) => s.pte.fill(0),
      ),
      to: [[8], []],
    },
  ],
  'the IOTLB': [
    { that: 'it has the page', spoil: inIotlb(0, 0, false), to: [[8], []] },
    { that: 'it has the superpage, by its last slot', spoil: inIotlb(3, 0, true), to: [[9], [8]] },
    { that: 'it has the page as not present', spoil: inIotlb(0, 0, false, 0), to: none },
    { that: 'it has the superpage as not present', spoil: inIotlb(0, 0, true, 0), to: none },
    { that: 'its slot is empty', spoil: (_, s) => s.iotlbLeaf.fill(makeLeaf(8, 3)), to: none },
    { that: 'it has another domain', spoil: inIotlb(0, 1, false), to: none },
    { that: 'it has the domain of another unit', spoil: all(inIotlb(1, 1, false), attached(1, 2)), to: none },
    { that: 'it has the domain of its unit', spoil: all(inIotlb(2, 1, false), attached(1, 2)), to: [[8], []] },
    {
      that: 'a context entry has the id',
      on: contexts,
      spoil: all(inIotlb(2, 1, false), context(1, 2, 0)),
      to: [[8], []],
    },
    { that: 'a context entry without it', on: contexts, spoil: all(inIotlb(2, 1, false), context(1, 1, 2)), to: none },
    { that: 'one that is not present', on: contexts, spoil: all(inIotlb(2, 1, false), context(0, 2, 2)), to: none },
  ],
  'a device TLB': [
    { that: 'it has the page', on: ats, spoil: inDevice(0, false), to: [[8], []] },
    { that: 'it has the superpage, by its last slot', on: ats, spoil: inDevice(3, true), to: [[9], [8]] },
    { that: 'its device has another domain', on: ats, spoil: all(inDevice(2, false), attached(1, 2)), to: [[8], []] },
    { that: 'its device is not attached', on: ats, spoil: all(inDevice(2, false), attached(1, 0)), to: none },
    { that: 'another device is not', on: ats, spoil: all(inDevice(1, false), attached(1, 0)), to: [[8], []] },
    {
      that: 'its context is to be fetched',
      on: lateContext,
      spoil: all(inDevice(2, false), context(1, 1, 1)),
      to: [[8], []],
    },
    { that: 'it has no context', on: lateContext, spoil: all(inDevice(2, false), context(0, 1, 1)), to: none },
  ],
  'a DMA in flight': [
    { that: 'it is translated', spoil: inFlight(Dma.Translated), to: [[8], []] },
    { that: 'it is not yet translated', spoil: inFlight(Dma.Issued), to: none },
  ],
  "a unit's own message": [
    { that: 'a frame of the TD backs the page', on: messages, spoil: message(Owner.Td), to: [[8], []] },
    { that: 'the frame is of the host', on: messages, spoil: message(Owner.Host), to: none },
    {
      that: 'it backs no page',
      on: messages,
      spoil: all(message(Owner.Td), (_, s) => s.privateFrame.fill(0)),
      to: none,
    },
  ],
  'a second container': [
    { that: 'it has a pin of the page', on: second, spoil: (_, s) => s.secondPin.fill(9, 1, 2), to: [[8], []] },
  ],
}

const names: readonly string[] = pathNames

test.each(
  Object.entries(ways).flatMap(([way, cases]) => cases.map((one) => ({ ...one, way, kind: names.indexOf(way) }))),
)('$way: $that', ({ on = { scope }, spoil, to, kind }) => {
  const { machine: m, state: s } = byHand(on)
  spoil(m, s)
  const found = [1, 0, 2, 3].map((gfn) => {
    const frames: number[] = []
    expect(findPath(m, s, gfn, (_, __, ___, frame) => frames.push(frame) < 0)).toBe(-1)
    for (const one of frames) expect(findPath(m, s, gfn, (_, __, ___, frame) => frame === one)).toBe(kind)
    return frames
  })
  expect(found).toEqual([...to, [], []])
})
