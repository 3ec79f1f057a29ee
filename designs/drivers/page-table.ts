import { leafAt } from '../../model/actions/vtd/page-table.js'
import { Reg, regOf } from '../../model/machine/registers.js'
import type { Condition, Note, Plan } from '../../model/plan/plan.js'
import type { Driver } from '../design.js'
import { eachPageIn } from '../vocabulary/loops.js'
import { allPages, area, coveringSuperpages, given } from '../vocabulary/ranges.js'
import { acquire, pinPage, release, unpinPage } from '../vocabulary/steps.js'
import { clear, flush, freeUnlinkedTables, write } from './vtd.js'

const cursor = (s: { reg: ArrayLike<number> }, vcpu: number) => s.reg[regOf(vcpu, Reg.cursor)]

/** A map that failed takes out what it wrote before, and no more. */
const noteWritten: Note = {
  name: 'note what was written',
  run: (_, s, v) => {
    s.reg[regOf(v, Reg.areaFirst)] = s.reg[regOf(v, Reg.callFirst)]
    s.reg[regOf(v, Reg.areaEnd)] = s.reg[regOf(v, Reg.cursor)]
  },
}

const hasNoFrame: Condition = { name: 'its frame is not known', holds: (_, s, v) => s.pinnedFrame[cursor(s, v)] === 0 }
const hasNoLeaf: Condition = {
  name: 'it has a frame and no leaf',
  holds: (m, s, v) => s.pinnedFrame[cursor(s, v)] !== 0 && leafAt(m, s, s.domain[0], cursor(s, v)) === 0,
}

/** A page's frame is its caller's: it stands here as a pin that lives as long as the leaf. */
const forget: Plan = [{ each: eachPageIn(coveringSuperpages), body: [{ when: hasNoLeaf, body: [unpinPage] }] }]

/**
 * The IOMMU's tables with nothing above them, as `iommu_map()` and `iommu_unmap()` are: no books and no limits. A map
 * that meets a leaf is the platform's `mapOverLeaf`. An unmap ends where a superpage begins before it; of a superpage
 * that ends behind it, the platform's `partialUnmap` says whether it goes as a whole.
 */
export const pageTable: Driver = {
  name: 'page-table',
  pins: true,
  teardown: [{ call: 'unmap', on: allPages, fail: 'ignore' }],
  map: {
    body: [
      acquire('container'),
      { each: eachPageIn(given), body: [{ when: hasNoFrame, body: [pinPage] }] },
      ...write(given),
      release('container'),
    ],
    undo: [{ note: noteWritten }, ...clear(area), ...flush(area), ...freeUnlinkedTables(area), ...forget],
  },
  unmap: {
    body: [
      acquire('container'),
      ...clear(given),
      ...flush(coveringSuperpages),
      ...freeUnlinkedTables(given),
      ...forget,
      release('container'),
    ],
    undo: [],
  },
}
