import { eachUnit } from '../designs/vocabulary/loops.js'
import { area } from '../designs/vocabulary/ranges.js'
import { deferFlush } from '../designs/vocabulary/steps.js'
import type { Bug } from './bug.js'
import { argument, at, duplicate, loopOver, moveBefore, replace } from './operators.js'
import { xen, xsa } from './sources.js'
import { anotherDomain, oneLess, onlyFirst } from './values.js'

const onDemand = { design: 'on-demand-4k', driver: 'type1v2', backing: 'separate' } as const
const replacing = { design: 'replace-domain', driver: 'iommufd-replace', backing: 'separate' } as const
const eachArea = 'each mapping of the call'

export const xenBugs: readonly Bug[] = [
  {
    id: 'X02',
    title: 'The page is freed before the batched flush',
    sources: [xen('5777a3742d'), xen('dea460d869'), xsa(346)],
    story:
      'IOMMU flushes were batched, and a page that was removed from the guest could be freed before its batch was ' +
      'flushed. A device that had the translation cached still reached the page under its next owner.',
    plantedIn: onDemand,
    change: [replace(at('unmap', eachArea, 'each unit'), [deferFlush])],
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
    change: [argument(at('map', 'when caching mode', 'each unit', 'vtd.submit-psi'), 'domain', anotherDomain)],
    breaks: 'no-shared-fault',
    where: 'caching mode',
    scope: { start: 'private' },
    fix: 'The flush names the domain of the mapping.',
  },
  {
    id: 'X11',
    title: 'Only one of several roots is invalidated',
    sources: [xen('14c57887f3')],
    story:
      'A loop over the concatenated root tables took the level for the number of roots, and ended after the first. ' +
      'What the others led to stayed valid for devices after it was removed.',
    plantedIn: onDemand,
    change: [loopOver(at('unmap', eachArea, 'each unit'), onlyFirst(eachUnit, 'turn'))],
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
    id: 'X22',
    title: 'The last cache line is not written back',
    sources: [xen('b6d9398144'), xsa(321)],
    story:
      'The loop that writes cache lines of the tables back began at an address that was not aligned to a line, and ' +
      'so missed the last one. A unit that does not snoop still saw the old entries there.',
    plantedIn: onDemand,
    change: [argument(at('unmap', eachArea, 'vtd.clflush-tables'), 'count', oneLess(area))],
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
    change: [loopOver(at('unmap', eachArea, 'each unit (2)'), onlyFirst(eachUnit, 'turn'))],
    breaks: 'no-stale-frame',
    where: 'two units, device TLB',
    fix: 'The flush goes over all devices.',
  },
]
