import { removeArea } from '../designs/drivers/container.js'
import { eachArea, eachUnit } from '../designs/vocabulary/loops.js'
import { area, hull, page } from '../designs/vocabulary/ranges.js'
import { deferFlush } from '../designs/vocabulary/steps.js'
import type { Bug } from './bug.js'
import {
  argument,
  at,
  callOn,
  drop,
  duplicate,
  loopOver,
  moveBefore,
  noRollback,
  onlyWhen,
  replace,
  returnAfter,
} from './operators.js'
import { cve, xen, xsa } from './sources.js'
import { anotherDomain, firstIteration, oneLess, onePageMore, queueIsEmpty } from './values.js'

const onDemand = { design: 'on-demand-4k', driver: 'type1v2', backing: 'separate' } as const
const bySuperpage = { design: 'on-demand-superpage', driver: 'type1v2', backing: 'separate' } as const
const replacing = { design: 'replace-domain', driver: 'iommufd-replace', backing: 'separate' } as const
const itsArea = 'each mapping of the call'

export const xenBugs: readonly Bug[] = [
  {
    id: 'X02',
    title: 'The page is freed before the batched flush',
    sources: [xen('5777a3742d'), xen('dea460d869'), xsa(346)],
    story:
      'IOMMU flushes were batched, and a page that was removed from the guest could be freed before its batch was ' +
      'flushed. A device that had the translation cached still reached the page under its next owner.',
    plantedIn: onDemand,
    change: [replace(at('unmap', itsArea, 'each unit'), [deferFlush])],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'The flush comes before the page is freed.',
  },
  {
    id: 'X05',
    title: 'A not-present entry is flushed under the wrong domain',
    sources: [xen('c5c84e9766')],
    story:
      'Where a unit caches entries that are not present, a map has to flush them; Xen flushed domain 0, which is ' +
      'right for the context cache alone. Entries of the real domain stayed, and DMA to mapped pages faulted.',
    plantedIn: onDemand,
    change: [argument(at('map', 'when caching mode', 'each unit', 'iommu.submit-psi'), 'domain', anotherDomain)],
    breaks: 'no-shared-fault',
    where: 'caching mode',
    scope: { start: 'private' },
    fix: 'The flush names the domain of the mapping.',
  },
  {
    id: 'X07',
    title: 'A device that cannot be attached is attached half',
    sources: [xen('f3401d65d9')],
    story:
      'When a device could not be attached, what had been set up for it before the error stayed. Its aliases had ' +
      'context entries of a domain that it was no part of.',
    plantedIn: { design: 'on-demand-4k/replays', driver: 'iommufd', backing: 'separate' },
    change: [noRollback('undo of attach')],
    breaks: 'errors-as-documented',
    where: 'failure',
    fix: 'The error path takes the mappings of the device back.',
  },
  {
    id: 'X08',
    title: 'Paging memory is free before the flush',
    sources: [xen('4bc2e5333a'), xsa(480), cve('CVE-2026-23554')],
    story:
      'Pages of the paging structures went back to their pool while the flush of the EPT was put off. Hardware ' +
      'followed what it had cached into memory with another owner.',
    plantedIn: bySuperpage,
    change: [moveBefore(at('unmap', itsArea, 'each unlinked table of area'), 'each unit')],
    breaks: 'no-stale-frame',
    where: 'common pool',
    fix: 'Pages are returned once the flush is over.',
  },
  {
    id: 'X09',
    title: 'A range that ends a page too late',
    sources: [xen('d41501fcf6')],
    story:
      'The last page of a reserved region was computed as its start and its size, and so was the page behind it. One ' +
      'page more than asked for was mapped for the device.',
    plantedIn: onDemand,
    change: [callOn(at('toShared', 'each unmapped page of chunk', 'call map on page'), onePageMore(page))],
    breaks: 'single-backing',
    where: 'plain',
    scope: { start: 'private' },
    fix: 'One is subtracted.',
  },
  {
    id: 'X11',
    title: 'Only one of several roots is invalidated',
    sources: [xen('14c57887f3')],
    story:
      'A loop over the concatenated root tables took the level for the number of roots, and ended after the first. ' +
      'What the others led to stayed valid for devices after it was removed.',
    plantedIn: onDemand,
    change: [loopOver(at('unmap', itsArea, 'each unit'), firstIteration(eachUnit, 'turn'))],
    breaks: 'no-stale-frame',
    where: 'two units',
    fix: 'The loop runs over all roots.',
  },
  {
    id: 'X16',
    title: 'The mapping goes before the context entry does',
    sources: [
      { name: 'Xen 78a40f8b5d (XSA-400)', url: 'https://xenbits.xen.org/xsa/advisory-400.html' },
      { name: 'Xen 3221f270cf', url: 'https://xenbits.xen.org/gitweb/?p=xen.git;a=commit;h=3221f270cf' },
    ],
    story:
      'Mappings that a device needs at all times were set up after its context entry had been switched, or removed ' +
      'before. In between the device used a domain without them, and its DMA faulted.',
    plantedIn: replacing,
    change: [moveBefore(at('unmap', 'each device'), 'each other pinned page of all pages')],
    breaks: 'no-shared-fault',
    where: 'plain',
    fix: 'The mappings come before the switch and go after it.',
  },
  {
    id: 'X18',
    title: 'An error that may be ignored ends the whole detach',
    sources: [xen('192aaf7e14'), xsa(386)],
    story:
      'One step of taking a device away could fail harmlessly, and its error ended the function. The steps behind it ' +
      'were left out, and what it had mapped stayed (in Xen, its access).',
    plantedIn: { ...onDemand, design: 'on-demand-4k/replays' },
    change: [returnAfter(at('detach', 'iommu.submit-context'))],
    breaks: 'accounts-balance',
    where: 'plain',
    fix: 'The error is noted, and the other steps follow.',
  },
  {
    id: 'X19',
    title: 'Two ranges are merged with the space between them',
    sources: [xen('34750a3eb0'), xsa(378)],
    story:
      'Ranges that a device needs were merged into one that reached from the first to the last. What lay between was ' +
      'mapped with them.',
    plantedIn: bySuperpage,
    change: [
      callOn(at('toPrivate', 'when something of hull is mapped', 'call map on left of chunk'), hull),
      drop(at('toPrivate', 'when something of hull is mapped', 'call map on right of chunk')),
    ],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'Each range is mapped by itself.',
  },
  {
    id: 'X21',
    title: 'A command that finds no room is dropped',
    sources: [xen('c4e4434357'), xsa(373)],
    story:
      'If the command queue had no free slot the command was dropped, and the caller was told that it had been ' +
      'queued. The caches kept what it was to invalidate.',
    plantedIn: onDemand,
    change: [onlyWhen(at('unmap', itsArea, 'each unit (2)', 'iommu.submit-device-tlb'), queueIsEmpty)],
    breaks: 'no-stale-frame',
    where: 'device TLB',
    fix: 'The caller waits until there is room.',
  },
  {
    id: 'X22',
    title: 'The last cache line is not written back',
    sources: [xen('b6d9398144'), xsa(321)],
    story:
      'The loop that writes cache lines of the tables back began at an address that was not aligned to a line, and ' +
      'so missed the last one. A unit that does not snoop still saw the old entries there.',
    plantedIn: onDemand,
    change: [argument(at('unmap', itsArea, 'iommu.clflush-tables'), 'count', oneLess(area))],
    breaks: 'no-stale-frame',
    where: 'raw calls, incoherent',
    scope: { pages: 4 },
    fix: 'The loop begins at an aligned address.',
  },
  {
    id: 'X23',
    title: 'The same page is removed twice',
    sources: [xen('3e910b648b')],
    story:
      'A page was removed under its old and under its new frame, also when both were the same. The second removal ' +
      'failed on a page that was gone already, and with it the whole operation.',
    plantedIn: { ...onDemand, driver: 'iommufd' },
    change: [duplicate(at('toPrivate', 'each mapped page of chunk', 'call unmap on page'))],
    breaks: 'conversion-ends',
    where: 'plain',
    fix: 'One removal is enough if both frames are the same.',
  },
  {
    id: 'X24',
    title: 'Hidden devices keep their device TLBs',
    sources: [xen('036432e8b2')],
    story:
      'The flush of device TLBs went over the devices that Dom0 sees, and left those out that are hidden from it. A ' +
      'hidden device still used the translations of pages that were gone.',
    plantedIn: onDemand,
    change: [loopOver(at('unmap', itsArea, 'each unit (2)'), firstIteration(eachUnit, 'turn'))],
    breaks: 'no-stale-frame',
    where: 'two units, device TLB',
    fix: 'The flush goes over all devices.',
  },
  {
    id: 'X25',
    title: 'The tables go though a device has stayed',
    sources: [xen('f591755823')],
    story:
      'When a device could not be taken away from a guest, the cleaning up continued as if it had been. The tables ' +
      'were freed while the device could still use them.',
    plantedIn: { ...onDemand, design: 'on-demand-4k/replays' },
    change: [replace(at('detach', 'when no device is attached'), [{ each: eachArea, body: removeArea }])],
    breaks: 'no-shared-fault',
    where: 'plain',
    scope: { devices: 2 },
    fix: 'The tables stay as long as a device does.',
  },
]
