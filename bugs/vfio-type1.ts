import { eachPinnedPage, eachSharedUnmappedRun, eachArea as everyArea } from '../designs/vocabulary/loops.js'
import { allPages, area, run } from '../designs/vocabulary/ranges.js'
import { pinForIommufd } from '../designs/vocabulary/steps.js'
import type { Bug } from './bug.js'
import { at, callOn, drop, forGuest, ignoreErrno, loopOver, replace, withDriver } from './operators.js'
import { dpdk, issue, linux } from './sources.js'
import { firstPageOf, noneToTheTop } from './values.js'

const onDemand = { design: 'on-demand-4k', driver: 'type1v2', backing: 'separate' } as const
const eachArea = 'each mapping of the call'
/** Type1 is right for a guest that shares less, so the guest is part of what this host is for. */
const largeGuest = forGuest('a guest that shares more pages than type1 has entries', {
  entryLimit: 2,
  start: 'private',
})

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
    id: 'T03',
    title: 'The last page of the address space cannot be unmapped',
    sources: [linux('ef270ec44637', 'vfio/type1: handle DMA map/unmap up to the addressable limit')],
    story:
      'The end of a range was its address and its size, which is 0 where the range ends at the last 64-bit address. ' +
      'An unmap of such a range found no mapping and succeeded, and the device still reached the memory.',
    plantedIn: onDemand,
    change: [loopOver(at('unmap', eachArea), noneToTheTop(everyArea))],
    breaks: 'no-stale-frame',
    where: 'plain',
    scope: { endsAtTop: true },
    fix: 'The end of a range is its last address.',
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
    scope: { start: 'private' },
    fix: 'The caller takes only negative values for errors.',
  },
  {
    id: 'T07',
    title: 'The limit is looked at before the charge arrives',
    sources: [linux('0cfef2b7410b')],
    story:
      'Pages were pinned at once and charged later by a worker, so that the check of the limit saw what had been ' +
      'charged and not what was pinned. Maps that came together all passed it, and locked more than the limit.',
    plantedIn: onDemand,
    change: [replace(at('map', 'each page of call', 'mm.pin-page'), [pinForIommufd])],
    breaks: 'accounts-balance',
    where: 'locked memory',
    fix: 'The worker went away: pages are charged when they are pinned.',
  },
  {
    id: 'T08',
    title: 'The first page of a batch speaks for all',
    sources: [linux('7172a69c1046', 'reverts vfio/type1: Improve memory pinning for raw PFN mapping')],
    story:
      'Pages were pinned in batches, and what the first page of a batch was, reserved or not, was taken for the ' +
      'whole batch. The others were never unpinned, or unpinned without a pin.',
    plantedIn: onDemand,
    change: [loopOver(at('unmap', eachArea, 'each pinned page of area'), eachPinnedPage(firstPageOf(area)))],
    breaks: 'accounts-balance',
    where: 'raw calls',
    fix: 'The change was reverted.',
  },
  {
    id: 'P02',
    title: 'A large guest runs out of mapping entries',
    sources: [issue('kata-containers/kata-containers', 11721), issue('NVIDIA/nvtrust', 46)],
    story:
      'The VMM maps shared memory page by page, and type1 allows 65,535 mappings: 256 MiB. A guest that shared more ' +
      'met "no space left on device", and a driver in it that could not work.',
    plantedIn: { ...onDemand, driver: 'iommufd' },
    change: [largeGuest, withDriver('type1v2')],
    breaks: 'entry-limit',
    where: 'plain',
    fix: 'The threads end with iommufd, which has no such limit.',
    fixChange: [largeGuest],
  },
]
