import type { Machine } from '../../model/machine/machine.js'
import { Reg, reg } from '../../model/machine/registers.js'
import type { State } from '../../model/machine/state.js'
import { isSuperpage, isTable, leafAt, pdeIndex, regionFirst } from '../../model/memory/page-table.js'
import type { Condition, Loop, Note, Range } from '../../model/plan/plan.js'
import { set, strided } from './loops/make.js'
import { eachPart, mayBeSuperpage, partOf } from './part-loops.js'
import { corePartEnd, partEnd } from './parts.js'

// How Linux 6.12 goes over a range of AMD's tables (`iommu_v1_map_pages()`, `iommu_v1_unmap_pages()`), with leaves of
// 4 KiB and of 2 MiB. Pages are numbers of 4 KiB.

const [cursor, stride, part, removed] = [reg('cursor'), reg('stride'), reg('part'), reg('removed')]

/** How far an unmap has come: where the core called the driver, where the driver is, and what is counted. */
interface Progress {
  part: number
  at: number
  removed: number
}

/** How many pages the entry of a page has; 0 where an unmap stops: there is no table. */
function entrySize(m: Machine, s: State, domain: number, at: number): number {
  const pde = at < m.pages ? s.pde[pdeIndex(m, domain, at)] : 0
  if (isSuperpage(pde)) return at % m.perSuper === 0 || m.platform.partialUnmap === 'whole' ? m.perSuper : 0
  // Where a superpage is one page, its entry is that of the directory.
  return isTable(pde) && (m.perSuper > 1 || leafAt(m, s, domain, at) !== 0) ? 1 : 0
}

/** An entry goes whole, and all of it counts, wherever in it the driver came to it. */
function passEntry(m: Machine, now: Progress, size: number): void {
  now.at = size > 1 ? regionFirst(m, now.at) + size : now.at + 1
  now.removed += size
}

/**
 * Goes to the next leaf that an unmap removes. The core continues by what the driver has counted, which may be more
 * than what lay between: then it calls the driver anew, further on.
 *
 * @returns its size in pages; 0 where the unmap ends
 */
function seekLeaf(m: Machine, s: State, domain: number, first: number, end: number, now: Progress): number {
  for (;;) {
    if (first + now.removed >= partEnd(m.perSuper, now.part, end)) {
      now.part = first + now.removed
      now.at = now.part
    }
    const size = now.part < end ? entrySize(m, s, domain, now.at) : 0
    if (size === 0 || leafAt(m, s, domain, now.at) !== 0) return size
    passEntry(m, now, size)
  }
}

/** What `iommu_unmap()` returns, in pages, by the tables before it. */
export function unmapCounted(m: Machine, s: State, domain: number, first: number, end: number): number {
  const now = { part: first, at: first, removed: 0 }
  for (let size = seekLeaf(m, s, domain, first, end, now); size > 0; size = seekLeaf(m, s, domain, first, end, now)) {
    passEntry(m, now, size)
  }
  return now.removed
}

function note(s: State, v: number, now: Progress): void {
  set(s, v, Reg.part, now.part)
  set(s, v, Reg.cursor, now.at)
  set(s, v, Reg.removed, now.removed)
}

const progress = (m: Machine, s: State, v: number): Progress => ({
  part: part(m, s, v),
  at: cursor(m, s, v),
  removed: removed(m, s, v),
})

/** The leaves that an unmap removes, one by one; the register `removed` has what is counted so far. */
export const eachLeafByEntry = (range: Range): Loop => ({
  name: `each entry of ${range?.name}`,
  span: range?.span,
  finds: 'element',
  range,
  start: (m, s, v) => note(s, v, { part: range.first(m, s, v), at: range.first(m, s, v), removed: 0 }),
  seek: (m, s, v) => {
    const now = progress(m, s, v)
    const size = seekLeaf(m, s, s.domain[0], range.first(m, s, v), range.end(m, s, v), now)
    note(s, v, now)
    set(s, v, Reg.stride, size)
    return size > 0
  },
  next: (m, s, v) => {
    const now = progress(m, s, v)
    passEntry(m, now, stride(m, s, v))
    note(s, v, now)
  },
})

/** What an unmap of a range counted, from the page on at which it began: that is what it invalidates. */
export const countedFrom = (range: Range): Range => ({
  name: `what was counted from ${range?.name}`,
  span: range?.span,
  first: range?.first,
  end: (m, s, v) => Math.min(m.pages, range.first(m, s, v) + removed(m, s, v)),
})
/** Whether an unmap counted anything. */
export const countedSome: Condition = { name: 'something was counted', holds: (m, s, v) => removed(m, s, v) > 0 }

/** Parts of a range that the core has the driver map by one call each. */
export const eachMapPartByEntry = (range: Range): Loop => eachPart('part to map by entry', range, corePartEnd)
/** The part of a range at which its loop stands. */
export const mapPartByEntry = partOf(corePartEnd)

/** The leaves that a map stores, whatever is there. */
export const eachLeafToStore = (range: Range): Loop =>
  strided('leaf to store', range, (m, s, v) => {
    const [now, end] = [cursor(m, s, v), range.end(m, s, v)]
    set(s, v, Reg.stride, now < end && mayBeSuperpage(m, s, now, end) ? m.perSuper : 1)
    return now < end
  })

const pdeAtCursor = (m: Machine, s: State, v: number): number => s.pde[pdeIndex(m, s.domain[0], cursor(m, s, v))]

/** A superpage where a smaller leaf is to be stored. */
export const superpageInTheWay: Condition = {
  name: 'a superpage in the way of a smaller leaf',
  holds: (m, s, v) => stride(m, s, v) < m.perSuper && isSuperpage(pdeAtCursor(m, s, v)),
}

/** In a map, the register `removed` says whether a superpage or a table made way: then its part is invalidated. */
const noteWay = (name: string, value: number): Note => ({ name, run: (_, s, v) => set(s, v, Reg.removed, value) })
export const noteMadeWay = noteWay('note that an entry made way', 1)
export const noteNoneMadeWay = noteWay('note that none made way', 0)
export const someMadeWay: Condition = { name: 'an entry made way', holds: (m, s, v) => removed(m, s, v) > 0 }

/** Whether the platform's driver goes over ranges in this way. */
export const goesByEntry: Condition = {
  name: 'by entry',
  holds: ({ platform }) => platform.unmapAtHole === 'count-empty',
}
/** Whether its maps take the place of whatever is there. */
export const replacesAll: Condition = {
  name: 'replaces all',
  holds: ({ platform }) => platform.mapOverLeaf === 'replace-all',
}
