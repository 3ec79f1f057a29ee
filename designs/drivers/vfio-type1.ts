import type { Call, Loop, Plan, Range, Step } from '../../model/plan/plan.js'
import { vtdLazyMode } from '../../spec/index.js'
import type { Driver } from '../design.js'
import { eachPinnedPage } from '../vocabulary/loops.js'
import { eachLeafOfPart } from '../vocabulary/part-loops.js'
import { area, given } from '../vocabulary/ranges.js'
import {
  addRemoved,
  eachBehindRemoved,
  eachPageAsked,
  isMappedThere,
  noteReturned,
  nothingRemoved,
  pageAsked,
  pagesRemoved,
} from '../vocabulary/removed.js'
import {
  acquire,
  assignDeviceTag,
  checkUnmap,
  clearLeaf,
  enableAts,
  pinPage,
  release,
  removeMapping,
  unpinPage,
  waitChecked,
  waitForWord,
  waitIgnoring,
} from '../vocabulary/steps.js'
import { mapCall, pinned, removeArea, removeAreaLazily, unmapCall } from './container.js'
import { detachRemoving } from './devices.js'
import { flush, waitingBy } from './vtd.js'

const map = mapCall('vfio.map-dma', pinPage)
/** The last group takes all mappings with it. */
const detach = detachRemoving(removeArea)
const check = checkUnmap('vfio.unmap-dma', given)
const checkV1 = checkUnmap('vfio.unmap-dma-v1', given)

/** VFIO type1 v2: an unmap may not cut a mapping. */
export const type1v2: Driver = {
  name: 'type1v2',
  books: 'type1',
  ...pinned,
  map,
  detach,
  unmap: unmapCall(check, removeArea),
}

/** VFIO type1 v1: an unmap takes the whole of a mapping whose first page it covers. */
export const type1v1: Driver = {
  name: 'type1v1',
  books: 'type1',
  ...pinned,
  map,
  detach,
  unmap: unmapCall(checkV1, removeArea),
  unmapsWhole: true,
}

/** As type1 v2 would be if it let go of the pages once their entries are written. */
export const type1v2Unpinned: Driver = {
  ...type1v2,
  name: 'type1v2-unpinned',
  pins: false,
  map: mapCall('vfio.map-dma', pinPage, { after: [{ each: eachPinnedPage(given), body: [unpinPage] }] }),
}

/** Over an IOMMU driver that turns ATS on behind the attach, and gives the device no tag: no flush goes to it. */
export const type1v2Untagged: Driver = {
  ...type1v2,
  name: 'type1v2-ats-untagged',
  ats: [acquire('container'), enableAts, release('container')],
}

/** Over one that gives it its tag a moment later, while others unmap. */
export const type1v2TaggedLate: Driver = {
  ...type1v2,
  name: 'type1v2-ats-tagged-late',
  ats: [enableAts, assignDeviceTag],
}

/** Type1 v2 with the IOMMU driver in lazy mode: a timer flushes after the unmap has returned. */
export const type1v2Lazy: Driver = {
  ...type1v2,
  name: 'type1v2-lazy',
  unmap: unmapCall(check, removeAreaLazily),
  endsEarly: vtdLazyMode,
}

const waiting = (name: string, how: Step): Driver => {
  const by = ({ body, undo }: Call): Call => ({ body: waitingBy(body, how), undo: waitingBy(undo, how) })
  return { ...type1v2, name, map: by(type1v2.map), unmap: by(type1v2.unmap), detach: by(detach) }
}

/** Over an IOMMU driver that takes every end of a wait for its success, and unpins. */
export const type1v2FlushIgnored = waiting('type1v2-flush-errors-ignored', waitIgnoring)
/** Over one that queues all again until the unit has done it; with one status word, an older batch may say so. */
export const type1v2FlushRepeated = waiting('type1v2-flush-repeated', waitChecked)
export const type1v2FlushByWord = waiting('type1v2-flush-by-one-word', waitForWord)

/** Asks the tables page by page, and unpins behind the flush of each. */
const byPage = (each: Loop, unpinned: Range): Plan => [
  {
    each,
    body: [
      {
        when: isMappedThere,
        body: [
          { note: noteReturned },
          { each: eachLeafOfPart(pageAsked), body: [clearLeaf] },
          ...flush(pagesRemoved),
          { each: eachPinnedPage(unpinned), body: [unpinPage] },
        ],
      },
    ],
  },
  removeMapping(area),
]
const unmappingBy = (name: string, removal: Plan): Driver => ({
  ...type1v2,
  name,
  detach: detachRemoving(removal),
  unmap: unmapCall(check, removal),
})

/** Of what the tables return, type1 v2 makes its next address, and the pages to unpin. */
export const type1v2ByRemoved = unmappingBy('type1v2-by-removed', byPage(eachBehindRemoved(area), pagesRemoved))
/** As it would be if each unmap removed what it was asked for: of a superpage that goes as a whole it unpins a page. */
export const type1v2ByAsked = unmappingBy('type1v2-by-asked', byPage(eachPageAsked(area), pageAsked))

/** Type1 v1 with the size that an unmap returns to user space. */
export const type1v1Sized: Driver = {
  ...type1v1,
  name: 'type1v1-sized',
  unmap: {
    body: [{ note: nothingRemoved }, ...unmapCall(checkV1, [{ note: addRemoved }, ...removeArea]).body],
    undo: [],
  },
}
