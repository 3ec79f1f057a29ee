import { Reg, regOf } from '../../model/machine/registers.js'
import { leafAt } from '../../model/memory/page-table.js'
import type { Condition, Note, Plan, Range } from '../../model/plan/plan.js'
import type { Driver } from '../design.js'
import { eachPageIn } from '../vocabulary/loops.js'
import { reachedSuperpages } from '../vocabulary/part-loops.js'
import { allPages, area, coveringSuperpages, given } from '../vocabulary/ranges.js'
import { acquire, pinPage, release, unpinPage } from '../vocabulary/steps.js'
import { remove, write } from './vtd.js'

const cursor = (s: { reg: ArrayLike<number> }, vcpu: number) => s.reg[regOf(vcpu, Reg.cursor)]

/**
 * A map that failed takes out what it wrote before, and no more. Where it is cut into parts, that is what its earlier
 * parts cover: what the last one wrote stays.
 */
const noteWritten: Note = {
  name: 'note what was written',
  run: (m, s, v) => {
    const end = m.platform.mapOverLeaf === 'replace-large' ? Reg.part : Reg.cursor
    s.reg[regOf(v, Reg.areaFirst)] = s.reg[regOf(v, Reg.callFirst)]
    s.reg[regOf(v, Reg.areaEnd)] = s.reg[regOf(v, end)]
  },
}

const hasNoFrame: Condition = { name: 'its frame is not known', holds: (_, s, v) => s.pinnedFrame[cursor(s, v)] === 0 }
const hasNoLeaf: Condition = {
  name: 'it has a frame and no leaf',
  holds: (m, s, v) => s.pinnedFrame[cursor(s, v)] !== 0 && leafAt(m, s, s.domain[0], cursor(s, v)) === 0,
}

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
      ...write(given),
      release('container'),
    ],
    undo: [{ note: noteWritten }, ...remove(area, area), ...forget(coveringSuperpages)],
  },
  unmap: {
    body: [
      acquire('container'),
      ...remove(given, coveringSuperpages),
      ...forget(reachedSuperpages(given)),
      release('container'),
    ],
    undo: [],
  },
}
