import { vtdLazyMode } from '../../spec/index.js'
import type { Driver } from '../design.js'
import { eachPinnedPage } from '../vocabulary/loops.js'
import { given } from '../vocabulary/ranges.js'
import { acquire, assignDeviceTag, checkUnmap, enableAts, pinPage, release, unpinPage } from '../vocabulary/steps.js'
import { mapCall, pinned, removeArea, removeAreaLazily, unmapCall } from './container.js'
import { detachRemoving } from './devices.js'

const map = mapCall('vfio.map-dma', pinPage)
/** The last group takes all mappings with it. */
const detach = detachRemoving(removeArea)
const check = checkUnmap('vfio.unmap-dma', given)

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
  unmap: unmapCall(checkUnmap('vfio.unmap-dma-v1', given), removeArea),
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
