import type { Condition, Plan, Range } from '../../model/plan.js'
import {
  eachEmptyTable,
  eachLargestLeaf,
  eachLeaf,
  eachUnit,
  eachUnlinkedTable,
  someTableUnlinked,
  tableInTheWay,
} from '../vocabulary/loops.js'
import {
  clearLeaf,
  domain,
  flushLines,
  freeTables,
  queueDeviceTlb,
  queueDomain,
  queuePages,
  unlinkTable,
  wait,
  writeLargest,
} from '../vocabulary/steps.js'

/** Drops what the caches hold of a range: each unit's IOTLB, then the device TLBs behind it, then the wait. */
export const flush = (range: Range): Plan => [
  flushLines(range),
  { each: eachUnit, body: [queuePages(range)] },
  { each: eachUnit, body: [queueDeviceTlb(range)] },
  wait,
]

export const flushDomain = (range: Range): Plan => [
  flushLines(range),
  { each: eachUnit, body: [queueDomain(domain)] },
  { each: eachUnit, body: [queueDeviceTlb(range)] },
  wait,
]

/** Clears the leaves of a range, and takes out the tables that this empties. */
export const clear = (range: Range): Plan => [
  { each: eachLeaf(range, domain), body: [clearLeaf] },
  { each: eachEmptyTable(range), body: [unlinkTable] },
]

/** A table page is freed only when no cache can lead to it. */
export const freeUnlinkedTables = (range: Range): Plan => [{ each: eachUnlinkedTable(range), body: [freeTables] }]

const cachesNotPresent: Condition = { name: 'caching mode', holds: (m) => m.platform.cachingMode }

/**
 * Writes the largest leaves that fit. An empty table under a superpage is unlinked first; what caches know of it is
 * dropped before it is freed. Where "not present" may be cached, the range is flushed as well.
 */
export const write = (range: Range): Plan => [
  { each: eachLargestLeaf(range), body: [{ when: tableInTheWay, then: [unlinkTable] }, writeLargest] },
  flushLines(range),
  { when: someTableUnlinked(range), then: [...flush(range), ...freeUnlinkedTables(range)] },
  { when: cachesNotPresent, then: flush(range) },
]
