import type { Machine } from '../../model/machine/machine.js'
import { Reg, reg } from '../../model/machine/registers.js'
import type { State } from '../../model/machine/state.js'
import { isSuperpage, isTable, leafAt, pdeIndex, regionFirst } from '../../model/memory/page-table.js'
import type { Condition, Loop, Operand, Range } from '../../model/plan/plan.js'
import { unmapCounted } from './by-entry.js'
import { set, strided } from './loops/make.js'
import { eachPart, mayBeSuperpage, type PartEnd, partOf } from './part-loops.js'
import { runEndOf, unmapReturns } from './parts.js'

// How Linux's driver for the tables of Arm goes over a range (`arm_lpae_map_pages()`, `arm_lpae_unmap_pages()`):
// by whole superpages where the range has all of one, and by small leaves elsewhere, table by table. At each step it
// looks at the entry of that size alone. Pages are numbers of 4 KiB.

const cursor = reg('cursor')
const stride = reg('stride')

const regionEnd = (m: Machine, at: number): number => regionFirst(m, at) + m.perSuper

/** Whether the range from a page on has all of a superpage there. */
const hasWhole = (m: Machine, at: number, end: number): boolean =>
  m.perSuper > 1 && at % m.perSuper === 0 && at + m.perSuper <= end

/**
 * How many pages an unmap removes at once from a page on; 0 where it stops.
 *
 * @param end of the whole range
 */
export function strideBySize(m: Machine, s: State, domain: number, at: number, end: number): number {
  const pde = s.pde[pdeIndex(m, domain, at)]
  if (hasWhole(m, at, end)) return pde === 0 ? 0 : m.perSuper
  if (!isSuperpage(pde)) return leafAt(m, s, domain, at) === 0 ? 0 : 1
  return m.platform.partialUnmap === 'split' ? Math.min(regionEnd(m, at), end) - at : 0
}

/** What `iommu_unmap()` returns, in pages, by the tables before it: here what was removed before it stopped. */
export function unmapReturned(m: Machine, s: State, domain: number, first: number, end: number): number {
  if (m.platform.unmapAtHole === 'count-empty') return unmapCounted(m, s, domain, first, end)
  if (m.platform.unmapAtHole !== 'stop-by-size') return unmapReturns(m, s, domain, first, end)
  let at = first
  while (at < end) {
    const removed = strideBySize(m, s, domain, at, end)
    if (removed === 0) break
    at += removed
  }
  return at - first
}

/** The entries that an unmap removes, one by one, up to where it stops. */
export const eachEntryBySize = (range: Range): Loop =>
  strided('entry by size', range, (m, s, v) => {
    const [now, end] = [cursor(m, s, v), range.end(m, s, v)]
    const found = now < end ? strideBySize(m, s, s.domain[0], now, end) : 0
    set(s, v, Reg.stride, found)
    return found > 0
  })

/** Whether a superpage is stored there. */
const fits = (m: Machine, s: State, at: number, end: number): boolean => m.perSuper > 1 && mayBeSuperpage(m, s, at, end)

/** A part of a map is a run of superpages, or what is stored in one table. */
const mapPartEnd: PartEnd = (m, s, first, end) => {
  const last = runEndOf(s, first, end)
  return fits(m, s, first, last) ? last - ((last - first) % m.perSuper) : Math.min(last, regionEnd(m, first))
}

/** Parts of a range that the driver maps by one operation each. */
export const eachMapPartBySize = (range: Range): Loop => eachPart('part to map by size', range, mapPartEnd)
/** The part of a range at which its loop stands. */
export const mapPartBySize = partOf(mapPartEnd)

/** What is in the way of a part of a map, before its first store: leaves, and tables in the place of superpages. */
export const eachObstacle = (range: Range): Loop =>
  strided('obstacle', range, (m, s, v) => {
    const end = range.end(m, s, v)
    for (let now = cursor(m, s, v); now < end; ) {
      const whole = fits(m, s, now, end)
      const isThere = whole ? s.pde[pdeIndex(m, s.domain[0], now)] !== 0 : leafAt(m, s, s.domain[0], now) !== 0
      const size = whole ? m.perSuper : 1
      if (isThere) {
        set(s, v, Reg.cursor, now)
        set(s, v, Reg.stride, size)
        return true
      }
      now += size
    }
    return false
  })

const pdeAtCursor = (m: Machine, s: State, v: number): number => s.pde[pdeIndex(m, s.domain[0], cursor(m, s, v))]

/** A table where the loop stands at all of a superpage. */
export const wholeTableAtCursor: Condition = {
  name: 'a table for all of these pages',
  holds: (m, s, v) => stride(m, s, v) === m.perSuper && isTable(pdeAtCursor(m, s, v)),
}

/** A superpage where the loop stands at a part of one. */
export const cutAtCursor: Condition = {
  name: 'a part of a superpage',
  holds: (m, s, v) => stride(m, s, v) < m.perSuper && isSuperpage(pdeAtCursor(m, s, v)),
}

/** Whether the platform's driver goes over ranges in this way. */
export const goesBySize: Condition = {
  name: 'by size',
  holds: ({ platform }) => platform.unmapAtHole === 'stop-by-size',
}
/** Whether its maps replace tables and refuse leaves. */
export const replacesTables: Condition = {
  name: 'replaces tables',
  holds: ({ platform }) => platform.mapOverLeaf === 'replace-table',
}
/** Whether neither of two conditions holds. */
export const neither = (one: Condition, other: Condition): Condition => ({
  name: `neither ${one.name} nor ${other.name}`,
  holds: (m, s, v) => !one.holds(m, s, v) && !other.holds(m, s, v),
})

const superpageFirst: Operand = (m, s, v) => regionFirst(m, cursor(m, s, v))

/** All pages of the superpage at which a loop stands. */
export const superpageAtCursor: Range = {
  name: 'superpage at the cursor',
  span: 'superpage',
  first: superpageFirst,
  end: (m, s, v) => Math.min(m.pages, superpageFirst(m, s, v) + m.perSuper),
}
