import { eachUnmappedPage } from '../designs/vocabulary/loops.js'
import { allPages } from '../designs/vocabulary/ranges.js'
import type { Bug } from './bug.js'
import { at, drop, loopOver } from './operators.js'
import { qemu } from './sources.js'

const onDemand = { design: 'on-demand-4k', driver: 'type1v2', backing: 'separate' } as const

export const qemuBugs: readonly Bug[] = [
  {
    id: 'Q01',
    title: 'The DMA mapping outlives the conversion',
    sources: [qemu('852f0048f3ea')],
    story:
      'QEMU discarded the shared side of a page that became private, and left its DMA mapping, whose pin kept the ' +
      'old frame. When the page was shared again the guest had a new frame and the device wrote to the old one.',
    plantedIn: onDemand,
    change: [drop(at('toPrivate', 'each mapped page of chunk'))],
    breaks: 'no-stale-frame',
    where: 'plain',
    fix: 'QEMU refused VFIO with guest_memfd until conversions unmap DMA.',
  },
  {
    id: 'Q04',
    title: 'One unsupported event, and no event is delivered',
    sources: [qemu('8dca037b484f', 'vfio: Do not register any IOMMU_NOTIFIER_DEVIOTLB_UNMAP notifier')],
    story:
      'VFIO registered for all kinds of event, virtio-iommu rejected one kind, and with it the whole registration. ' +
      'No map or unmap reached VFIO any more, and devices faulted on memory that the guest had mapped.',
    plantedIn: onDemand,
    change: [drop(at('toPrivate', 'each mapped page of chunk')), drop(at('toShared', 'each unmapped page of chunk'))],
    breaks: 'no-shared-fault',
    where: 'plain',
    scope: { start: 'private' },
    fix: 'VFIO registers only for the kinds that it handles.',
  },
  {
    id: 'Q08',
    title: 'The guest makes the host pin memory that is not there',
    sources: [qemu('0fd7616e0f11')],
    story:
      'With a virtual IOMMU a guest could map an unplugged block of virtio-mem, and VFIO pinned it. The pin ' +
      'allocated memory that was meant to stay unused, beyond what the guest was configured to have.',
    plantedIn: onDemand,
    change: [loopOver(at('boot', 'each shared, unmapped page of all pages'), eachUnmappedPage(allPages))],
    breaks: 'single-backing',
    where: 'plain',
    scope: { start: 'private' },
    fix: 'A map is refused where the block is not plugged.',
  },
]
