import type { Call, Loop, Plan, Range, Step } from '../../model/plan/plan.js'
import { vtdLazyMode } from '../../spec/index.js'
import type { Driver } from '../design.js'
import { isNotEmpty } from '../vocabulary/conditions.js'
import { eachDevicePage, eachMissedArea, eachPageIn, eachPinnedPage } from '../vocabulary/loops.js'
import { eachLeafOfPart } from '../vocabulary/part-loops.js'
import { area, given, pageAtCursor } from '../vocabulary/ranges.js'
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
  addMapping,
  assignDeviceTag,
  checkUnmap,
  clearLeaf,
  clflushTables,
  countDevicePage,
  dropPins,
  enableAts,
  noteArea,
  pinPage,
  release,
  removeMapping,
  unpinFromCaller,
  unpinPage,
  waitChecked,
  waitForWord,
  waitIgnoring,
  writeSmall,
} from '../vocabulary/steps.js'
import { mapCall, pinned, removeArea, removeAreaLazily, rollBack, unmapCall } from './container.js'
import { detachRemoving } from './devices.js'
import { cachesNotPresent, flush, remove, waitingBy } from './vtd.js'

const map = mapCall('vfio.map-dma', pinPage)
/** Linux 6.12 forgets a mapping that ends at the last address, with its entries and its pins as they are. */
const forgetMissed: Plan = [{ each: eachMissedArea, body: [removeMapping(area)] }]
const unmapBy = (check: Step, removal: Plan): Call => unmapCall(check, removal, forgetMissed)
/** The last group takes all mappings with it. */
const detachBy = (removal: Plan): Call => detachRemoving(removal, forgetMissed)
const detach = detachBy(removeArea)
const check = checkUnmap('vfio.unmap-dma', given)
const checkV1 = checkUnmap('vfio.unmap-dma-v1', given)

/**
 * VFIO type1 v2: an unmap may not cut a mapping.
 *
 * @example
 * const mine: Design = { ...design, drivers: [type1v2] }
 */
export const type1v2: Driver = {
  name: 'type1v2',
  summary: 'VFIO type1 version 2: an unmap may not cut a mapping.',
  accounting: 'type1',
  ...pinned,
  map,
  detach,
  unmap: unmapBy(check, removeArea),
}

/**
 * VFIO type1 v1: an unmap takes the whole of a mapping whose first page it covers.
 *
 * @example
 * const mine: Design = { ...design, drivers: [type1v1] }
 */
export const type1v1: Driver = {
  name: 'type1v1',
  summary: 'VFIO type1 version 1: an unmap takes the whole of a mapping whose first page it covers.',
  accounting: 'type1',
  ...pinned,
  map,
  detach,
  unmap: unmapBy(checkV1, removeArea),
  unmapsWhole: true,
}

/** As type1 v2 would be if it let go of the pages once their entries are written. */
export const type1v2Unpinned: Driver = {
  ...type1v2,
  name: 'type1v2-unpinned',
  summary: 'VFIO type1 version 2 as if it let go of the pages once their entries are written.',
  pins: false,
  map: mapCall('vfio.map-dma', pinPage, { after: [{ each: eachPinnedPage(given), body: [unpinPage] }] }),
}

/** Over an IOMMU driver that turns ATS on behind the attach, and gives the device no tag: no flush goes to it. */
export const type1v2Untagged: Driver = {
  ...type1v2,
  name: 'type1v2-ats-untagged',
  summary: 'VFIO type1 version 2 over an IOMMU driver that turns ATS on late and sends no flush to the device.',
  ats: [acquire('container'), enableAts, release('container')],
}

/** Over one that gives it its tag a moment later, while others unmap. */
export const type1v2TaggedLate: Driver = {
  ...type1v2,
  name: 'type1v2-ats-tagged-late',
  summary:
    'VFIO type1 version 2 over an IOMMU driver that turns ATS on late, and sends flushes to the device a moment later.',
  ats: [enableAts, assignDeviceTag],
}

/**
 * Type1 v2 with the IOMMU driver in lazy mode: a timer flushes after the unmap has returned.
 *
 * @example
 * const mine: Design = { ...design, drivers: [type1v2Lazy] }
 */
export const type1v2Lazy: Driver = {
  ...type1v2,
  name: 'type1v2-lazy',
  summary: 'VFIO type1 version 2 with the IOMMU driver in lazy mode: a timer flushes after the unmap has returned.',
  unmap: unmapBy(check, removeAreaLazily),
  endsEarly: vtdLazyMode,
}

const waiting = (name: string, summary: string, how: Step): Driver => {
  const by = ({ body, undo }: Call): Call => ({ body: waitingBy(body, how), undo: waitingBy(undo, how) })
  return { ...type1v2, name, summary, map: by(type1v2.map), unmap: by(type1v2.unmap), detach: by(detach) }
}

const over = 'VFIO type1 version 2 over an IOMMU driver that'
export const type1v2FlushIgnored = waiting(
  'type1v2-flush-errors-ignored',
  `${over} takes every end of a wait for its success, and unpins.`,
  waitIgnoring,
)
export const type1v2FlushRepeated = waiting(
  'type1v2-flush-repeated',
  `${over} queues all again until the unit has done it.`,
  waitChecked,
)
export const type1v2FlushByWord = waiting(
  'type1v2-flush-by-one-word',
  `${over} queues all again until one status word says so, which an older batch may have written.`,
  waitForWord,
)

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
const unmappingBy = (name: string, summary: string, removal: Plan): Driver => ({
  ...type1v2,
  name,
  summary,
  detach: detachBy(removal),
  unmap: unmapBy(check, removal),
})

export const type1v2ByRemoved = unmappingBy(
  'type1v2-by-removed',
  'VFIO type1 version 2: of what the tables return it makes its next address, and the pages to unpin.',
  byPage(eachBehindRemoved(area), pagesRemoved),
)
export const type1v2ByAsked = unmappingBy(
  'type1v2-by-asked',
  'VFIO type1 version 2 as if each unmap removed what it was asked for: it unpins one page of a superpage that goes.',
  byPage(eachPageAsked(area), pageAsked),
)

const unpinningBy = (name: string, summary: string, unpin: Step): Driver =>
  unmappingBy(name, summary, [
    ...remove(area, area),
    { each: eachPinnedPage(area), body: [unpin] },
    removeMapping(area),
  ])

export const type1v2ChargingCaller = unpinningBy(
  'type1v2-charging-caller',
  'VFIO type1 version 2 that takes the process that calls for the one that mapped.',
  unpinFromCaller,
)
export const type1v2DroppingPins = unpinningBy(
  'type1v2-dropping-pins',
  'VFIO type1 version 2 that lets go of a page for all who have it pinned.',
  dropPins,
)

/** Frames in a row are one run in Linux. Here memory is scattered, so that each page is a run. */
const mapByRuns: Call = {
  body: [
    acquire('container'),
    addMapping('vfio.map-dma', given),
    { note: noteArea },
    {
      each: eachPageIn(given),
      body: [pinPage, writeSmall, clflushTables(pageAtCursor), { when: cachesNotPresent, body: flush(pageAtCursor) }],
    },
    release('container'),
  ],
  undo: [{ when: isNotEmpty(area), body: rollBack }],
}

export const type1v2ByRuns: Driver = {
  ...type1v2,
  name: 'type1v2-by-runs',
  summary:
    'VFIO type1 version 2 in small steps: it pins a run and writes its entries, and then the next; a page is a run.',
  map: mapByRuns,
}

export const type1v2CountingDevices: Driver = {
  ...type1v2,
  name: 'type1v2-counting-devices',
  summary: 'VFIO type1 version 2 that counts device memory as locked when it maps it, and not when it unmaps it.',
  map: mapCall('vfio.map-dma', pinPage, { before: [{ each: eachDevicePage(given), body: [countDevicePage] }] }),
}

export const type1v1Sized: Driver = {
  ...type1v1,
  name: 'type1v1-sized',
  summary: 'VFIO type1 version 1 with the size that an unmap returns to user space.',
  unmap: {
    body: [{ note: nothingRemoved }, ...unmapBy(checkV1, [{ note: addRemoved }, ...removeArea]).body],
    undo: [],
  },
}
