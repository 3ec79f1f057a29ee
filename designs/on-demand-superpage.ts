import type { Design } from './design.js'
import { iommufd } from './drivers/iommufd.js'
import { type1v2, type1v2ByAsked, type1v2ByRemoved, type1v2ByRuns } from './drivers/vfio-type1.js'
import { someMapped } from './vocabulary/conditions.js'
import { toPrivateBy, toSharedBy } from './vocabulary/conversions.js'
import {
  eachSharedUnmappedRun,
  eachUnacknowledgedMappedRun,
  eachUnacknowledgedUnmappedRun,
} from './vocabulary/loops.js'
import { allPages, chunk, hull, leftOfChunk, rightOfChunk, run } from './vocabulary/ranges.js'
import { findHull } from './vocabulary/steps.js'
import { shareAgain } from './vocabulary/undo.js'

/** Keeps superpages; the price is a moment in which pages that stay shared are not mapped. */
export const onDemandSuperpage: Design = {
  name: 'on-demand-superpage',
  summary: 'Maps what is shared at the largest size; to unshare a part unmaps the superpage and maps the rest again.',
  source: 'David Hildenbrand in the 2021 thread: DMA unmap 2 MiB and remap all still-shared pieces',
  lock: 'one lock per VM around a conversion',
  drivers: [type1v2, iommufd],
  backings: ['separate', 'in-place'],
  boot: [{ each: eachSharedUnmappedRun(allPages, 'superpage'), body: [{ call: 'map', on: run }] }],
  toPrivate: toPrivateBy([
    { note: findHull },
    {
      when: someMapped(hull),
      body: [
        { call: 'unmap', on: hull },
        { call: 'map', on: leftOfChunk },
        { call: 'map', on: rightOfChunk },
      ],
    },
  ]),
  undoPrivate: [
    ...shareAgain,
    { call: 'unmap', on: hull, fail: 'ignore' },
    { each: eachSharedUnmappedRun(hull), body: [{ call: 'map', on: run, fail: 'ignore' }] },
  ],
  toShared: toSharedBy([{ each: eachSharedUnmappedRun(chunk), body: [{ call: 'map', on: run }] }]),
  undoShared: [
    { each: eachUnacknowledgedMappedRun(chunk), body: [{ call: 'unmap', on: run, fail: 'ignore' }] },
    {
      each: eachUnacknowledgedUnmappedRun(chunk),
      body: [
        { call: 'set-private', on: run, fail: 'ignore' },
        { call: 'discard-shared', on: run },
      ],
    },
  ],
}

/** Of a superpage, the tables remove all where a page is asked for, and say so. */
export const byRemoved: Design = {
  ...onDemandSuperpage,
  variant: 'by-removed',
  summary: 'Over a driver that unmaps page by page, and advances, and unpins, by what each unmap removed.',
  source: 'Linux 7.2 vfio_unmap_unpin(), without its search for runs of frames',
  drivers: [type1v2ByRemoved],
}

export const byAsked: Design = {
  ...byRemoved,
  variant: 'by-asked',
  summary: 'Over a driver that unmaps page by page, and advances, and unpins, by what it asked for.',
  source: 'Linux 7.2 vfio_unmap_unpin(), had it ignored the size that iommu_unmap() returns',
  drivers: [type1v2ByAsked],
}

/** Memory is scattered: where a map meets a limit in its middle, the entries of the runs before go as well. */
export const byRuns: Design = {
  ...onDemandSuperpage,
  variant: 'by-runs',
  summary: 'Over a driver that pins and maps one run after another, and takes all of them out where one fails.',
  source: 'Linux 7.2 vfio_pin_map_dma(), of memory in which no two frames follow one another',
  drivers: [type1v2ByRuns],
}
