import { eachSharedUnmappedRun } from '../designs/vocabulary/loops.js'
import { allPages, run } from '../designs/vocabulary/ranges.js'
import type { Bug } from './bug.js'
import { at, callOn, drop, ignoreErrno, loopOver } from './operators.js'
import { dpdk, linux } from './sources.js'

const onDemand = { design: 'on-demand-4k', driver: 'type1v2', backing: 'separate' } as const
const eachArea = 'each mapping of the call'

export const vfioType1: readonly Bug[] = [
  {
    id: 'T01',
    title: 'The zero page is pinned and never unpinned',
    sources: [linux('873aefb376bb', 'vfio/type1: Unpin zero pages')],
    story:
      'A map of memory that was never written pins the zero page, which the kernel then takes for a reserved page. ' +
      'The unmap skips reserved pages, so each cycle of map and unmap leaks a reference, until the count overflows.',
    plantedIn: onDemand,
    change: [drop(at('unmap', eachArea, 'each pinned page of area'))],
    breaks: 'accounts-balance',
    where: 'plain',
    fix: 'The unmap unpins zero pages as it does all others.',
  },
  {
    id: 'T12',
    title: 'Maps in one go what is later unmapped in pieces',
    sources: [dpdk('016763c', 'reverts d1c7c0c, map contiguous areas in one go')],
    story:
      'DPDK joined neighbouring areas into one mapping, and later freed a part: the unmap cuts the mapping and fails ' +
      'with EINVAL. The errno was ignored, the memory went back to the system, and the device still reached it.',
    plantedIn: onDemand,
    change: [
      loopOver(at('boot', 'each shared, unmapped page of all pages'), eachSharedUnmappedRun(allPages)),
      callOn(at('boot', 'each shared, unmapped run of all pages', 'call map on page'), run),
      ignoreErrno(at('toPrivate', 'each mapped page of chunk', 'call unmap on page'), ['EINVAL']),
    ],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'DPDK maps each page on its own again.',
  },
  {
    id: 'T16',
    title: 'A success is taken for a failure',
    sources: [linux('4ab4fcfce5b5', 'vfio/type1: fix vaddr_get_pfns() return in vfio_pin_page_external()')],
    story:
      'A helper began to return the number of pinned pages, and one caller still took all but zero for an error. ' +
      'The page stayed pinned while the caller unwound without it.',
    plantedIn: onDemand,
    change: [drop(at('undo of map', 'when area is not empty', 'each pinned page of area'))],
    breaks: 'errors-as-documented',
    where: 'failure',
    fix: 'The caller takes only negative values for errors.',
  },
]
