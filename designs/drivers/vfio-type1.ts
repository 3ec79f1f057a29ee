import type { Call, Plan, Step } from '../../model/plan/plan.js'
import type { Driver } from '../design.js'
import { isNotEmpty, someLeaf } from '../vocabulary/conditions.js'
import { eachArea, eachPageIn, eachPinnedPage } from '../vocabulary/loops.js'
import { allPages, area, given } from '../vocabulary/ranges.js'
import type { MapRow } from '../vocabulary/steps.js'
import {
  accountPins,
  acquire,
  addMapping,
  checkRights,
  checkUnmap,
  deferFlush,
  isolateArea,
  noteArea,
  pinFilePage,
  pinForIommufd,
  pinPage,
  release,
  removeMapping,
  unpinPage,
} from '../vocabulary/steps.js'
import { clear, flush, freeUnlinkedTables, write } from './vtd.js'

/** What one mapping's removal is: entries, caches, tables, pins, books, in this order. */
const removeArea: Plan = [
  ...clear(area),
  ...flush(area),
  ...freeUnlinkedTables(area),
  { each: eachPinnedPage(area), body: [unpinPage] },
  removeMapping(area),
]

/** Lazy mode: the flush comes later, from a timer; pins and books do not wait for it. */
const removeAreaLazily: Plan = [
  ...clear(area),
  deferFlush,
  { each: eachPinnedPage(area), body: [unpinPage] },
  removeMapping(area),
]

/** What a map that failed leaves: entries if it came that far, pins, books. Without entries nothing is flushed. */
export const rollBack: Plan = [
  { when: someLeaf(area), body: [...clear(area), ...flush(area), ...freeUnlinkedTables(area)] },
  { each: eachPinnedPage(area), body: [unpinPage] },
  removeMapping(area),
]

/** Enters the mapping, pins its pages, writes its entries; whatever fails takes all of it out again. */
function mapCall(row: MapRow, pin: Step, { before = [], after = [] }: { before?: Plan; after?: Plan } = {}): Call {
  return {
    body: [
      acquire('container'),
      addMapping(row, given),
      { note: noteArea },
      { each: eachPageIn(given), body: [pin] },
      ...before,
      ...write(given),
      ...after,
      release('container'),
    ],
    undo: [{ when: isNotEmpty(area), body: rollBack }],
  }
}

function unmapCall(check: Step, remove: Plan): Call {
  return {
    body: [acquire('container'), check, { each: eachArea, body: remove }, release('container')],
    undo: [],
  }
}

const type1Map = mapCall('vfio.map-dma', pinPage)
const iommufdMap = mapCall('iommufd.map', pinForIommufd, { after: [accountPins] })
const type1Unmap = checkUnmap('vfio.unmap-dma', given)
const iommufdUnmap = checkUnmap('iommufd.unmap', given)

/** Closing the container removes every mapping. */
const teardown: Plan = [{ call: 'unmap', on: allPages, fail: 'ignore' }]

const pinned = { pins: true, teardown } as const

export const type1v2: Driver = { name: 'type1v2', ...pinned, map: type1Map, unmap: unmapCall(type1Unmap, removeArea) }

export const type1v1: Driver = {
  name: 'type1v1',
  ...pinned,
  map: type1Map,
  unmap: unmapCall(checkUnmap('vfio.unmap-dma-v1', given), removeArea),
  unmapsWhole: true,
}

export const iommufd: Driver = {
  name: 'iommufd',
  ...pinned,
  map: iommufdMap,
  unmap: unmapCall(iommufdUnmap, [isolateArea(area), ...removeArea]),
}

/**
 * iommufd behind the VFIO ioctls: nothing mapped is a success, a bisected mapping is ENOENT and not EINVAL, and rights
 * are looked at last.
 */
export const compat: Driver = {
  name: 'compat',
  ...pinned,
  map: mapCall('compat.map', pinForIommufd, { before: [checkRights(given)], after: [accountPins] }),
  unmap: unmapCall(checkUnmap('compat.unmap', given), [isolateArea(area), ...removeArea]),
}

/** iommufd, mapping by file descriptor and offset. */
export const iommufdFile: Driver = {
  ...iommufd,
  name: 'iommufd',
  map: mapCall('iommufd.map', pinFilePage, { after: [accountPins] }),
  byFile: true,
}

/** A driver whose unmap leaves the flush to a timer. */
export const lazy = (driver: Driver): Driver => ({
  ...driver,
  unmap:
    driver.name === 'type1v2'
      ? unmapCall(type1Unmap, removeAreaLazily)
      : unmapCall(iommufdUnmap, [isolateArea(area), ...removeAreaLazily]),
})
