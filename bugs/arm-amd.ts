import type { Bug } from './bug.js'
import { at, drop, moveBefore, onlyWhen } from './operators.js'
import { cve, linux, subjectLine } from './sources.js'
import { never, noOtherCall } from './values.js'

const onDemand = { design: 'on-demand-4k', driver: 'type1v2', backing: 'separate' } as const
const eachArea = 'each mapping of the call'

export const armAndAmd: readonly Bug[] = [
  {
    id: 'A02',
    title: 'The unmap looks while the tree grows',
    sources: [linux('1e56310b40fd', 'iommu/amd/pgtbl: Fix possible race while increase page table level')],
    story:
      'Root and height of the page table were read one after the other, and a map on another CPU could grow the tree ' +
      'in between. The unmap then found nothing and cleared nothing, and its caller released the pages.',
    plantedIn: onDemand,
    change: [onlyWhen(at('unmap', eachArea, 'each part to unmap of area'), noOtherCall)],
    breaks: 'no-stale-frame',
    where: 'two raw callers',
    fix: 'Both are read under a sequence counter.',
  },
  {
    id: 'A03',
    title: 'The wait ends before its own command does',
    sources: [cve('CVE-2026-43220')],
    story:
      'The AMD driver drew the sequence number of a completion outside the lock of the command queue, so that ' +
      'numbers stood in the queue out of order. A waiter saw its number reached while its own invalidation was still ' +
      'queued.',
    plantedIn: onDemand,
    change: [moveBefore(at('unmap', eachArea, 'iommu.wait'), 'each unit')],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'The number is drawn under the lock.',
  },
  {
    id: 'A07',
    title: 'One of two map paths leaves not-present entries cached',
    sources: [linux('5cd3f2e98cca')],
    story:
      'An emulated unit caches entries that are not present, and of two functions that map only one flushed them. ' +
      'DMA through the other found "not present" in the cache and faulted.',
    plantedIn: onDemand,
    change: [drop(at('map', 'when caching mode'))],
    breaks: 'no-shared-fault',
    where: 'caching mode',
    scope: { start: 'private' },
    fix: 'Both functions flush.',
  },
  {
    id: 'S02',
    title: 'The invalidation overtakes the store',
    sources: [linux('7d321bd35425')],
    story:
      'Nothing ordered the store that clears an entry before the command that invalidates it. The unit invalidated ' +
      'first, read the old entry again, and kept it.',
    plantedIn: onDemand,
    change: [moveBefore(at('unmap', eachArea, 'each unit'), 'each part to unmap of area')],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'A barrier stands between the two.',
  },
  {
    id: 'S03',
    title: 'A flush behind a variable that is never set',
    sources: [linux('9eca0a587540')],
    story:
      'The unmap flushed only if a variable said that something was unmapped, and nothing set the variable. Unmapped ' +
      'pages stayed in the TLB.',
    plantedIn: onDemand,
    change: [onlyWhen(at('unmap', eachArea, 'each unit'), never)],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'The variable gets what was unmapped.',
  },
  {
    id: 'A08',
    title: 'A device leaves the list before its cache is flushed',
    sources: [subjectLine('iommu/amd: Invalidate cache before removing device from domain list')],
    story:
      'Detach took the device out of its domain, and then flushed the devices of the domain, of which it was none ' +
      'any more. What it had cached stayed.',
    plantedIn: { design: 'replace-domain', driver: 'iommufd-replace', backing: 'separate' },
    change: [drop(at('unmap', 'each unit (2)'))],
    breaks: 'no-stale-frame',
    where: 'device TLB, one region',
    fix: 'The device is flushed first.',
  },
  {
    id: 'S04',
    title: 'The tables of the last level are never freed',
    sources: [linux('12c2ab09571e')],
    story:
      'The walk that frees page tables ended one level too early. Each domain that went leaked the tables ' +
      'of its last level.',
    plantedIn: { ...onDemand, design: 'on-demand-superpage' },
    change: [drop(at('unmap', eachArea, 'each unlinked table of area'))],
    breaks: 'accounts-balance',
    where: 'common pool',
    fix: 'The walk goes down to the last level.',
  },
]
