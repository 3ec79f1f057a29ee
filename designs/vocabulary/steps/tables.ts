import { isSuperpage, pdeIndex, regionFirst } from '../../../model/memory/page-table.js'
import type { Operand, Range, Step } from '../../../model/plan/plan.js'
import { act, constant, count, cursor, domain, otherDomain, stride } from './make.js'

// Stores to the IOMMU's tables.

/** A superpage's entry goes as a whole, but where its memory is taken for a table: then the loop goes over a part. */
const sizeAtCursor: Operand = (m, s, v) => {
  if (!isSuperpage(s.pde[pdeIndex(m, s.domain[0], cursor(m, s, v))])) return 0
  return stride(m, s, v) < m.perSuper && m.platform.partialUnmap === 'run-on' ? 0 : 1
}

/**
 * Stores the largest leaf that fits at the cursor; the loop has set its size.
 *
 * @example
 * { each: loops.eachLargestLeaf(part), body: [steps.writeLargest] }
 */
export const writeLargest = act('iommu.write-entry', [domain, cursor, (m, s, v) => (stride(m, s, v) > 1 ? 1 : 0)])
/**
 * Stores a leaf of one page at the cursor.
 *
 * @example
 * { each: loops.eachAbsentLeaf(ranges.given), body: [steps.writeSmall] }
 */
export const writeSmall = act('iommu.write-entry', [domain, cursor, constant(0)])
/**
 * Stores a leaf of one page at the cursor in the domain that is not in use.
 *
 * @example
 * { each: loops.eachPinnedPage(ranges.given), body: [steps.writeInOther] }
 */
export const writeInOther = act('iommu.write-entry', [otherDomain, cursor, constant(0)])
/**
 * Clears the leaf at the cursor, of one page or of a superpage.
 *
 * @example
 * { each: loops.eachLeaf(ranges.given, steps.domain), body: [steps.clearLeaf] }
 */
export const clearLeaf = act('iommu.clear-entry', [domain, cursor, sizeAtCursor])
/**
 * Clears the leaf at the cursor in the domain that is not in use.
 *
 * @example
 * { each: loops.eachLeaf(ranges.allPages, steps.otherDomain), body: [steps.clearLeafInOther] }
 */
export const clearLeafInOther = act('iommu.clear-entry', [otherDomain, cursor, constant(0)])
/**
 * Takes the empty table at the cursor out of the tables; it waits to be freed.
 *
 * @example
 * { each: loops.eachEmptyTable(ranges.given), body: [steps.unlinkTable] }
 */
export const unlinkTable = act('iommu.unlink-table', [domain, cursor])
/**
 * Frees the unlinked table at the cursor.
 *
 * @example
 * { each: loops.eachUnlinkedTable(ranges.given), body: [steps.freeTables] }
 */
export const freeTables = act('iommu.free-tables', [domain, cursor])
/**
 * Writes the entries of a range back, where the unit does not snoop.
 *
 * @example
 * steps.clflushTables(ranges.given)
 */
export const clflushTables = (range: Range, on: Operand = domain): Step =>
  act('iommu.clflush-tables', [on, range?.first, count(range)], {
    part: 'coherency',
    on: (m) => !m.platform.coherentPageWalk,
  })
/**
 * Fills a new table with the frames of the superpage at the cursor.
 *
 * @example
 * { each: loops.eachCutSuperpage(ranges.given), body: [steps.fillTable, steps.linkTable] }
 */
export const fillTable = act('iommu.fill-table', [domain, cursor])
/**
 * Puts the filled table in the place of the superpage at the cursor, by one store.
 *
 * @example
 * { each: loops.eachCutSuperpage(ranges.given), body: [steps.fillTable, steps.linkTable] }
 */
export const linkTable = act('iommu.link-table', [domain, cursor])
/**
 * Takes a page for a new table of the region at the cursor, which nothing leads to yet.
 *
 * @example
 * [steps.allocateTable, steps.exchangeEntry]
 */
export const allocateTable = act('iommu.allocate-table', [domain, cursor])
/**
 * Puts the new table in by a compare-exchange, if there is none.
 *
 * @example
 * { when: conditions.noEntryAtCursor, body: [steps.allocateTable, steps.exchangeEntry] }
 */
export const exchangeEntry = act('iommu.exchange-entry', [domain, cursor])
/**
 * Puts the new table in whatever is there by now, as no driver should.
 *
 * @example
 * { when: conditions.noEntryAtCursor, body: [steps.allocateTable, steps.storeEntry] }
 */
export const storeEntry = act('iommu.store-entry', [domain, cursor])
/**
 * Frees the new table: another was there first.
 *
 * @example
 * { when: conditions.ownTableIsOut, body: [steps.freeOwnTable] }
 */
export const freeOwnTable = act('iommu.free-own-table', [domain, cursor])
/**
 * Puts a superpage over a table whose entries it equals, by one store.
 *
 * @example
 * steps.storeSuperpage(ranges.coveringSuperpages)
 */
export const storeSuperpage = (range: Range): Step => act('iommu.store-superpage', [domain, range?.first])
/**
 * Frees the unlinked table at the begin of a range.
 *
 * @example
 * steps.freeTablesOf(ranges.coveringSuperpages)
 */
export const freeTablesOf = (range: Range): Step => act('iommu.free-tables', [domain, range?.first])
/**
 * Puts a table with the rest of the superpage at the cursor in its place: the loop says how many pages go.
 *
 * @example
 * { each: eachEntryBySize(ranges.given), body: [{ when: cutAtCursor, body: [steps.splitEntry] }] }
 */
export const splitEntry = act('iommu.split-entry', [domain, cursor, stride])
/**
 * Puts an empty table in the place of the superpage at the cursor.
 *
 * @example
 * { when: superpageInTheWay, body: [steps.replaceByTable] }
 */
export const replaceByTable = act('iommu.split-entry', [
  domain,
  (m, s, v) => regionFirst(m, cursor(m, s, v)),
  (m) => m.perSuper,
])
