import { Reg, regOf } from '../../model/machine/registers.js'
import { leafAt } from '../../model/memory/page-table.js'
import type { Condition, Note, Plan, Range } from '../../model/plan/plan.js'
import type { Driver } from '../design.js'
import {
  countedFrom,
  countedSome,
  eachLeafByEntry,
  eachLeafToStore,
  eachMapPartByEntry,
  goesByEntry,
  mapPartByEntry,
  noteMadeWay,
  noteNoneMadeWay,
  replacesAll,
  someMadeWay,
  superpageInTheWay,
} from '../vocabulary/by-entry.js'
import {
  cutAtCursor,
  eachEntryBySize,
  eachMapPartBySize,
  eachObstacle,
  goesBySize,
  mapPartBySize,
  neither,
  replacesTables,
  superpageAtCursor,
  wholeTableAtCursor,
} from '../vocabulary/by-size.js'
import { leafAtCursor, tableInTheWay } from '../vocabulary/conditions.js'
import { eachPageIn } from '../vocabulary/loops.js'
import { eachLargestLeaf, reachedSuperpages } from '../vocabulary/part-loops.js'
import { allPages, area, coveringSuperpages, given } from '../vocabulary/ranges.js'
import {
  acquire,
  clearLeaf,
  clflushTables,
  freeTables,
  pinPage,
  release,
  replaceByTable,
  splitEntry,
  submitPsiWithoutHint,
  unlinkTable,
  unpinPage,
  writeLargest,
} from '../vocabulary/steps.js'
import { cachesNotPresent, flush, flushWith, freeUnlinkedTables, remove, write } from './vtd.js'

const cursor = (s: { reg: ArrayLike<number> }, vcpu: number) => s.reg[regOf(vcpu, Reg.cursor)]

/**
 * A map that failed takes out what it wrote before, and no more. Where it is cut into parts, that is what its earlier
 * parts cover: what the last one wrote stays.
 */
const noteWritten: Note = {
  name: 'note what was written',
  run: (m, s, v) => {
    const end = ['refuse', 'replace-all'].includes(m.platform.mapOverLeaf) ? Reg.cursor : Reg.part
    s.reg[regOf(v, Reg.areaFirst)] = s.reg[regOf(v, Reg.callFirst)]
    s.reg[regOf(v, Reg.areaEnd)] = s.reg[regOf(v, end)]
  },
}

const hasNoFrame: Condition = { name: 'its frame is not known', holds: (_, s, v) => s.pinnedFrame[cursor(s, v)] === 0 }
const hasNoLeaf: Condition = {
  name: 'it has a frame and no leaf',
  holds: (m, s, v) => s.pinnedFrame[cursor(s, v)] !== 0 && leafAt(m, s, s.domain[0], cursor(s, v)) === 0,
}

/** A table that goes at once: out by one store with all that is in it, invalidated, freed. */
const dropTable: Plan = [unlinkTable, ...flushWith(superpageAtCursor, submitPsiWithoutHint), freeTables]

/** An unmap of the driver of Arm's tables. It flushes where the size of leaves changes; here once, at the end. */
const removeBySize = (range: Range): Plan => [
  {
    each: eachEntryBySize(range),
    body: [
      { when: wholeTableAtCursor, body: dropTable },
      { when: cutAtCursor, body: [splitEntry] },
      { when: leafAtCursor, body: [clearLeaf] },
    ],
  },
  ...flush(range),
]

/** A map of the driver of Arm's tables: the store at a leaf in the way is refused, before any of its part is made. */
const writeBySize = (range: Range): Plan => [
  {
    each: eachMapPartBySize(range),
    body: [
      {
        each: eachObstacle(mapPartBySize(range)),
        body: [
          { when: wholeTableAtCursor, body: dropTable },
          { when: leafAtCursor, body: [writeLargest] },
        ],
      },
      { each: eachLargestLeaf(mapPartBySize(range)), body: [writeLargest] },
    ],
  },
  clflushTables(range),
]

/** Linux 6.12 has AMD's unit drop what it has cached of directories with each range. */
const flushAll = (range: Range): Plan => flushWith(range, submitPsiWithoutHint)

/** An unmap of Linux 6.12 of AMD's tables: no table is freed, and what was counted is flushed once. */
const removeByEntry = (range: Range): Plan => [
  { each: eachLeafByEntry(range), body: [clearLeaf] },
  { when: countedSome, body: flushAll(countedFrom(range)) },
]

/** What made way in a part is flushed behind the part, and its tables are freed. */
const flushMadeWay = (part: Range): Plan => [
  { when: someMadeWay, body: [...flushAll(part), ...freeUnlinkedTables(part), { note: noteNoneMadeWay }] },
]

/** A map of Linux 6.12 of AMD's tables: each entry is cleared before it is stored. */
const writeByEntry = (range: Range): Plan => [
  {
    each: eachMapPartByEntry(range),
    body: [
      {
        each: eachLeafToStore(mapPartByEntry(range)),
        body: [
          { when: superpageInTheWay, body: [replaceByTable, { note: noteMadeWay }] },
          { when: tableInTheWay, body: [unlinkTable, { note: noteMadeWay }] },
          { when: leafAtCursor, body: [clearLeaf] },
          writeLargest,
        ],
      },
      ...flushMadeWay(mapPartByEntry(range)),
    ],
  },
  clflushTables(range),
  { when: cachesNotPresent, body: flushAll(range) },
]

/** What was mapped before an unmap of Arm's tables failed for want of memory is gone, and may stay in no cache. */
const flushBySize: Plan = [{ when: goesBySize, body: flush(given) }]

/** A page's frame is its caller's: it stands here as a pin that lives as long as the leaf. */
const forget = (range: Range): Plan => [{ each: eachPageIn(range), body: [{ when: hasNoLeaf, body: [unpinPage] }] }]

/**
 * The IOMMU's tables with nothing above them, as `iommu_map()` and `iommu_unmap()` are: no accounting and no limits.
 * What a map does over a leaf, and an unmap at a hole and at a part of a superpage, is the platform's `mapOverLeaf`,
 * `unmapAtHole` and `partialUnmap`.
 */
export const pageTable: Driver = {
  name: 'page-table',
  summary: "The IOMMU's tables with nothing above them, as iommu_map() and iommu_unmap() are: no account, no limits.",
  pins: true,
  accounting: 'none',
  teardown: [{ call: 'unmap', on: allPages, fail: 'ignore' }],
  map: {
    body: [
      acquire('container'),
      { each: eachPageIn(given), body: [{ when: hasNoFrame, body: [pinPage] }] },
      { when: replacesTables, body: writeBySize(given) },
      { when: replacesAll, body: writeByEntry(given) },
      { when: neither(replacesTables, replacesAll), body: write(given) },
      release('container'),
    ],
    undo: [
      { when: replacesAll, body: flushMadeWay(mapPartByEntry(given)) },
      { note: noteWritten },
      { when: goesBySize, body: removeBySize(area) },
      { when: goesByEntry, body: removeByEntry(area) },
      { when: neither(goesBySize, goesByEntry), body: remove(area, area) },
      ...forget(coveringSuperpages),
    ],
  },
  unmap: {
    body: [
      acquire('container'),
      { when: goesBySize, body: removeBySize(given) },
      { when: goesByEntry, body: removeByEntry(given) },
      { when: neither(goesBySize, goesByEntry), body: remove(given, coveringSuperpages) },
      ...forget(reachedSuperpages(given)),
      release('container'),
    ],
    undo: [...flushBySize, ...forget(reachedSuperpages(given))],
  },
}
