import type { Condition, Plan, Range, Step } from '../../model/plan/plan.js'
import { someTableUnlinked, tableInTheWay } from '../vocabulary/conditions.js'
import { eachEmptyTable, eachLargestLeaf, eachLeaf, eachUnit, eachUnlinkedTable } from '../vocabulary/loops.js'
import { superpageAtCursor } from '../vocabulary/ranges.js'
import {
  clearLeaf,
  clflushTables,
  domain,
  freeTables,
  submitDeviceTlb,
  submitDeviceTlbAgain,
  submitDsi,
  submitPsi,
  submitPsiWithoutHint,
  unlinkTable,
  wait,
  writeLargest,
} from '../vocabulary/steps.js'

/** Invalidates the device TLBs behind a unit. */
export const invalidateDevices = (range: Range): Plan => [submitDeviceTlb(range), submitDeviceTlbAgain(range)]

/** Drops what the caches hold of a range: each unit's IOTLB, then the device TLBs behind it, then the wait. */
export const flush = (range: Range): Plan => flushWith(range, submitPsi)

function flushWith(range: Range, queue: (range: Range) => Step): Plan {
  return [
    clflushTables(range),
    { each: eachUnit, body: [queue(range)] },
    { each: eachUnit, body: invalidateDevices(range) },
    wait,
  ]
}

export const flushDomain = (range: Range): Plan => [
  clflushTables(range),
  { each: eachUnit, body: [submitDsi(domain)] },
  { each: eachUnit, body: invalidateDevices(range) },
  wait,
]

/** Clears the leaves of a range, and takes out the tables that this empties. */
export const clear = (range: Range): Plan => [
  { each: eachLeaf(range, domain, 'as-linux'), body: [clearLeaf] },
  { each: eachEmptyTable(range), body: [unlinkTable] },
]

/** A table page is freed only when no cache can lead to it. */
export const freeUnlinkedTables = (range: Range): Plan => [{ each: eachUnlinkedTable(range), body: [freeTables] }]

/** Where "not present" may be cached, what was written is seen only after a flush. */
export const cachesNotPresent: Condition = { name: 'caching mode', holds: (m) => m.platform.cachingMode }

const freesFirst: Condition = { name: 'frees, then flushes', holds: (m) => m.platform.emptyTable === 'free-then-flush' }
const flushesFirst: Condition = {
  name: 'flushes, then frees',
  holds: (m) => m.platform.emptyTable === 'flush-then-free',
}

/**
 * Takes an empty table out from under a superpage. Linux 6.12 frees the page at once, and only then drops what caches
 * know of it; Linux 7.2 keeps it until the flush at the end of the map.
 */
const makeRoom: Plan = [
  {
    when: freesFirst,
    body: [
      unlinkTable,
      clflushTables(superpageAtCursor),
      freeTables,
      ...flushWith(superpageAtCursor, submitPsiWithoutHint),
    ],
  },
  { when: flushesFirst, body: [unlinkTable] },
]

/** Writes the largest leaves that fit. Where "not present" may be cached, the range is flushed as well. */
export const write = (range: Range): Plan => [
  { each: eachLargestLeaf(range), body: [{ when: tableInTheWay, body: makeRoom }, writeLargest] },
  clflushTables(range),
  { when: someTableUnlinked(range), body: [...flush(range), ...freeUnlinkedTables(range)] },
  { when: cachesNotPresent, body: flush(range) },
]
