import { eachPinnedPage } from '../designs/vocabulary/loops.js'
import { area } from '../designs/vocabulary/ranges.js'
import type { Bug } from './bug.js'
import { at, ignoreErrno, loopOver } from './operators.js'
import { cve, issue } from './sources.js'
import { onePageMore } from './values.js'

const onDemand = { design: 'on-demand-4k', driver: 'iommufd', backing: 'separate' } as const

export const iommufdBugs: readonly Bug[] = [
  {
    id: 'F01',
    title: 'Unpinning runs past the end of the area',
    sources: [cve('CVE-2023-53630')],
    story:
      'Pages that a domain and an access had pinned were unpinned in batches, and the last index of a batch was ' +
      'counted from the wrong base. Pages behind the area lost their pins while a device could still reach them.',
    plantedIn: onDemand,
    change: [
      loopOver(at('unmap', 'each mapping of the call', 'each pinned page of area'), eachPinnedPage(onePageMore(area))),
    ],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'The last index is counted from where the batch begins.',
  },
  {
    id: 'P03',
    title: 'A conversion is done although the IOMMU update failed',
    sources: [issue('NVIDIA/QEMU', 40)],
    story:
      'The VMM tells VFIO of a conversion through a notifier that returns nothing, so a map that fails below it is ' +
      'printed and forgotten. The guest is told that the page is shared, and its device faults there.',
    plantedIn: { design: 'attributes-first/undone', driver: 'iommufd', backing: 'separate' },
    change: [ignoreErrno(at('toShared', 'each unmapped page of chunk', 'call map on page'))],
    breaks: 'no-shared-fault',
    where: 'failure',
    scope: { start: 'private' },
    fix: 'The error reaches the conversion, which takes back what it did.',
  },
  {
    id: 'P03u',
    title: 'A conversion is done although the unmap failed',
    sources: [issue('NVIDIA/QEMU', 40)],
    story:
      'The same notifier hides an unmap that fails. The page becomes private, its shared side is discarded, and the ' +
      'IOMMU still leads the device to the frame that was discarded.',
    plantedIn: { design: 'attributes-first/undone', driver: 'iommufd', backing: 'separate' },
    change: [ignoreErrno(at('toPrivate', 'each mapped page of chunk', 'call unmap on page'))],
    breaks: 'no-stale-frame',
    where: 'failure',
    fix: 'The error reaches the conversion, which takes back what it did.',
  },
]
