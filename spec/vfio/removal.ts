import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

// How type1 takes a mapping down: the order between entries, flush, pins and accounting.

export const typeClearOthersFirst = {
  id: 'vfio.removal/other-domains-first',
  statement: 'A mapping is removed from all domains but the first, flushed there, and only then from the first.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_unmap_unpin()',
} as const satisfies Rule

export const typeClearThenSync = {
  id: 'vfio.removal/clear-then-sync',
  statement:
    'In the first domain entries are cleared run by run, and the IOTLB is synchronised after at most 512 runs.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, unmap_unpin_fast(), vfio_sync_unpin()',
} as const satisfies Rule

export const typeUnpinAfterSync = {
  id: 'vfio.removal/unpin-after-sync',
  statement: 'A page is unpinned only after the synchronisation that follows the clearing of its entry.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_sync_unpin()',
} as const satisfies Rule

export const typeAccountingAfterUnpin = {
  id: 'vfio.removal/books-last',
  statement: 'Locked memory is corrected after the unpinning, and the entry is given back last.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_unmap_unpin(), vfio_remove_dma()',
} as const satisfies Rule

export const typeCloseRemovesAll = {
  id: 'vfio.removal/close',
  statement: 'Closing the container, or detaching its last group, removes every mapping in the same way.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_release(), vfio_iommu_unmap_unpin_all()',
} as const satisfies Rule

export const vfioDeviceQuietFirst = {
  id: 'vfio.removal/device-quiet-first',
  statement:
    'A device loses bus mastering and is reset when its file is closed, so its DMA is over before the container ' +
    'goes.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_disable()',
} as const satisfies Rule

export const typeLastGroup = {
  id: 'vfio.removal/last-group',
  statement:
    'The last group takes the mappings and the IOMMU driver of the container with it: until the driver is set again ' +
    'a map or unmap fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/container.c, vfio_group_detach_container(), vfio_fops_unl_ioctl()',
} as const satisfies Rule

export const typeDetachBeforeUnmap = {
  id: 'vfio.removal/detach-before-unmap',
  statement: 'A group that leaves is detached before the mappings go, and the devices of other groups keep theirs.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_detach_group()',
} as const satisfies Rule
