import { eachUnmappedPage } from '../designs/vocabulary/loops.js'
import { allPages, area, chunk, page } from '../designs/vocabulary/ranges.js'
import { findRegion } from '../designs/vocabulary/steps.js'
import type { Bug } from './bug.js'
import { argument, at, drop, insertBefore, loopOver, replace } from './operators.js'
import { qemu } from './sources.js'
import { lowBitOf } from './values.js'

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
  {
    id: 'Q03',
    title: 'An address mask is kept in too few bits',
    sources: [
      {
        name: 'QEMU "intel_iommu: VTDIOTLBPageInvInfo mask", which fixes b5a280c00840',
        url: 'https://gitlab.com/qemu-project/qemu/-/commits/master/hw/i386/intel_iommu.c',
      },
    ],
    story:
      'The emulated unit kept the mask of a page-selective invalidation in 8 bits. Of a large range it invalidated a ' +
      'small part. Here the size has one bit, for a guest of few pages.',
    plantedIn: onDemand,
    change: [
      argument(at('unmap', 'each mapping of the call', 'each unit', 'iommu.submit-psi'), 'count', lowBitOf(area)),
    ],
    breaks: 'no-stale-frame',
    where: 'raw calls',
    fix: 'The field has 64 bits.',
  },
  {
    id: 'Q09',
    title: 'Blocks too small for the number of mappings',
    sources: [qemu('53d1b5fcfb40')],
    story:
      'virtio-mem is mapped block by block, and 256 GiB in blocks of 2 MiB take more mappings than a container may ' +
      'hold. A guest that was given its memory met ENOSPC while it ran.',
    plantedIn: { ...onDemand, design: 'pin-all' },
    change: [
      replace(at('boot', 'call map on all pages'), [
        { each: eachUnmappedPage(allPages), body: [{ call: 'map', on: page }] },
      ]),
    ],
    breaks: 'entry-limit',
    where: 'few entries',
    fix: 'The block size grows with the memory, so that the limit holds all blocks.',
  },
  {
    id: 'Q10',
    title: 'A conversion over two memory regions stops the guest',
    sources: [
      {
        name: 'qemu-devel "accel/kvm: Fix kvm_convert_memory calls crossing memory regions", 18 Sep 2025',
        url: 'https://lore.kernel.org/qemu-devel/?q=s:%22Fix+kvm_convert_memory+calls+crossing+memory+regions%22',
      },
    ],
    story:
      'A guest may ask for any range, and one that reached over the end of a memory region was an error to QEMU. The ' +
      'VM was stopped for a request that was right.',
    plantedIn: { design: 'attributes-first/region-by-region', driver: 'iommufd', backing: 'separate' },
    change: [insertBefore(at('toPrivate', 'each memory region of chunk'), [findRegion(chunk)])],
    breaks: 'conversion-ends',
    where: 'plain',
    fix: 'The range is converted region by region.',
  },
]
