import type { Condition, Plan, Range, Step } from '../../model/plan/plan.js'
import {
  isClearAtCursor,
  leafAtCursor,
  noEntryAtCursor,
  ownTableIsOut,
  someTableUnlinked,
  tableAtCursor,
  tableInTheWay,
} from '../vocabulary/conditions.js'
import { eachEmptyTable, eachPageIn, eachUnit, eachUnlinkedTable } from '../vocabulary/loops.js'
import {
  eachEntryInTheWay,
  eachLargestLeaf,
  eachLeafOfPart,
  eachMapPart,
  eachUnmapPart,
  flushesPartsBefore,
  lastParts,
  mapPart,
  partsBefore,
  partsSoFar,
  restOf,
  unmapPart,
} from '../vocabulary/part-loops.js'
import {
  allocateTable,
  clearLeaf,
  clflushTables,
  domain,
  freeOwnTable,
  freeTables,
  startBatch,
  submitDeviceTlb,
  submitDeviceTlbAgain,
  submitDsi,
  submitPsi,
  submitPsiWithoutHint,
  unlinkTable,
  wait,
  writeLargest,
  writeSmall,
} from '../vocabulary/steps.js'

/** Invalidates the device TLBs, once more where a device answers ahead of its writes. */
export const invalidateDevices = (range: Range): Plan => [
  { each: eachUnit, body: [submitDeviceTlb(range)] },
  { each: eachUnit, body: [submitDeviceTlbAgain(range)] },
]

/**
 * Drops what the caches hold of a range: each unit's IOTLB, then the device TLBs behind it, then the wait.
 *
 * @param tables where tables may wait for this flush; the range, if left out
 */
export const flush = (range: Range, tables: Range = range): Plan => flushWith(range, (on) => submitPsi(on, tables))

/** The same with another step for each unit. @param queue makes it */
export function flushWith(range: Range, queue: (range: Range) => Step): Plan {
  return [clflushTables(range), startBatch, { each: eachUnit, body: [queue(range)] }, ...invalidateDevices(range), wait]
}

/** Drops all that units cache of the domain in use, then what devices cache of the range; then waits. */
export const flushDomain = (range: Range): Plan => [
  clflushTables(range),
  startBatch,
  { each: eachUnit, body: [submitDsi(domain)] },
  ...invalidateDevices(range),
  wait,
]

/**
 * Clears the leaves of a range, and takes out the tables that this empties.
 *
 * @param more behind each part
 */
export const clear = (range: Range, more: Plan = []): Plan => [
  {
    each: eachUnmapPart(range),
    body: [
      { each: eachLeafOfPart(unmapPart(range)), body: [clearLeaf] },
      { each: eachEmptyTable(unmapPart(range)), body: [unlinkTable] },
      ...more,
    ],
  },
]

/**
 * Writes small leaves without a lock, beside other maps.
 *
 * @param putIn how a new table gets into the directory
 */
export const writeBeside = (range: Range, putIn: Step): Plan => [
  {
    each: eachPageIn(range),
    body: [
      {
        when: noEntryAtCursor,
        body: [allocateTable, putIn, { when: ownTableIsOut, body: [freeOwnTable] }],
      },
      writeSmall,
    ],
  },
  clflushTables(range),
  { when: cachesNotPresent, body: flush(range) },
]

/** A plan with another step in the place of each wait for a batch of invalidations. */
export const waitingBy = (plan: Plan, other: Step): Plan =>
  plan.map((node) => {
    if ('body' in node) return { ...node, body: waitingBy(node.body, other) }
    return 'row' in node && node.row === wait.row ? other : node
  })

/** A table page is freed only when no cache can lead to it. */
export const freeUnlinkedTables = (range: Range): Plan => [{ each: eachUnlinkedTable(range), body: [freeTables] }]

/**
 * An unmap of a range as Linux does it. Linux 6.12 keeps the tables of all its parts in one list, which each flush
 * frees: so a part of another size than the one before it has its tables freed by the flush of those before it.
 *
 * @param whole what is flushed where the unmap is not cut into parts
 */
export const remove = (range: Range, whole: Range): Plan => [
  ...clear(range, [
    {
      when: flushesPartsBefore(range),
      body: [...flush(partsBefore(range), partsSoFar(range)), ...freeUnlinkedTables(partsSoFar(range))],
    },
  ]),
  ...flush(lastParts(range, whole)),
  ...freeUnlinkedTables(lastParts(range, range)),
]

/** Where "not present" may be cached, what was written is seen only after a flush. */
export const cachesNotPresent: Condition = { name: 'caching mode', holds: (m) => m.platform.cachingMode }

const freesFirst: Condition = { name: 'frees, then flushes', holds: (m) => m.platform.emptyTable === 'free-then-flush' }

/**
 * Takes what is in the way of a part's superpages out, superpage by superpage, before the first is written. Linux 6.12
 * frees a table page at once, and only then drops what caches know of it.
 */
const makeRoom = (part: Range): Plan => [
  { when: leafAtCursor, body: [clearLeaf] },
  {
    when: isClearAtCursor,
    body: [
      {
        when: tableAtCursor,
        body: [unlinkTable, clflushTables(restOf(part)), { when: freesFirst, body: [freeTables] }],
      },
      ...flushWith(restOf(part), submitPsiWithoutHint),
    ],
  },
]

/**
 * Writes the largest leaves that fit. Linux 7.2 keeps an empty table under a superpage until the flush at the end of
 * the map. Where "not present" may be cached, the range is flushed as well.
 */
export const write = (range: Range): Plan => [
  {
    each: eachMapPart(range),
    body: [
      { each: eachEntryInTheWay(mapPart(range)), body: makeRoom(mapPart(range)) },
      {
        each: eachLargestLeaf(mapPart(range)),
        body: [{ when: tableInTheWay, body: [unlinkTable] }, writeLargest],
      },
    ],
  },
  clflushTables(range),
  { when: someTableUnlinked(range), body: [...flush(range), ...freeUnlinkedTables(range)] },
  { when: cachesNotPresent, body: flush(range) },
]
