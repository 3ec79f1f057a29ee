import type { Rule } from '../rule.js'
import { linux72, linux612 } from '../sources.js'

// VFIO_IOMMU_MAP_DMA of type1: its checks in the order in which Linux 7.2 makes them.

export const typeMapFlags = {
  id: 'vfio.map/flags',
  statement: 'A map with an argument size too small or an unknown flag fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_map_dma()',
} as const satisfies Rule

export const typeMapTruncated = {
  id: 'vfio.map/truncated',
  statement: "A map whose 64-bit fields do not fit the kernel's own types fails with EOVERFLOW.",
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map()',
} as const satisfies Rule

export const typeMapZero = {
  id: 'vfio.map/zero-size',
  statement: 'A map of size 0 fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(); observed',
} as const satisfies Rule

export const typeMapWrap = {
  id: 'vfio.map/wrap',
  statement: 'A map whose IOVA or address range wraps around fails with EOVERFLOW.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), check_add_overflow(); observed',
} as const satisfies Rule

export const typeMapWrap612 = {
  id: 'vfio.map/wrap-6-12',
  statement: 'On Linux 6.12 a map whose range wraps around, or whose fields are truncated, fails with EINVAL instead.',
  force: 'must',
  source: linux612,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(); observed',
} as const satisfies Rule

export const typeMapRights = {
  id: 'vfio.map/rights',
  statement:
    'A map fails with EINVAL if it asks for neither read nor write, or for either together with the VADDR flag.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(); observed',
} as const satisfies Rule

export const typeMapAlign = {
  id: 'vfio.map/alignment',
  statement: 'A map fails with EINVAL if IOVA, address or size is not a multiple of the smallest IOMMU page.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(); observed',
} as const satisfies Rule

export const typeMapVaddrAbsent = {
  id: 'vfio.map/vaddr-absent',
  statement: 'A map with the VADDR flag fails with ENOENT where no mapping exists.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), set_vaddr',
} as const satisfies Rule

export const typeMapVaddrInexact = {
  id: 'vfio.map/vaddr-inexact',
  statement:
    'A map with the VADDR flag fails with EINVAL unless it names exactly one mapping whose address was ' +
    'invalidated before.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), set_vaddr',
} as const satisfies Rule

export const typeMapOverlap = {
  id: 'vfio.map/overlap',
  statement: 'A map request that overlaps an existing mapping fails with EEXIST before the entry limit is looked at.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(); observed',
} as const satisfies Rule

export const typeMapTopOverlap612 = {
  id: 'vfio.map/top-overlap-6-12',
  statement:
    'On Linux 6.12 a map that ends at the last 64-bit address, or overlaps a mapping that does, is not refused for it.',
  force: 'must',
  source: linux612,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), vfio_find_dma(): start + size is 0',
} as const satisfies Rule

export const typeMapLimit = {
  id: 'vfio.map/entry-limit',
  statement: 'A map fails with ENOSPC when no entry is left, before the IOVA range is checked.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), dma_avail; observed',
} as const satisfies Rule

export const typeMapRange = {
  id: 'vfio.map/outside-aperture',
  statement: 'A map fails with EINVAL if its range is not inside one allowed IOVA range.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), vfio_iommu_iova_dma_valid(); observed',
} as const satisfies Rule

export const typeMapNoMemory = {
  id: 'vfio.map/no-memory',
  statement: 'A map that passes all checks fails with ENOMEM, and changes nothing, if its entry cannot be allocated.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), allocation of vfio_dma',
} as const satisfies Rule

export const typeMapMemlock = {
  id: 'vfio.map/memlock',
  statement: 'A map fails with ENOMEM if its pins would exceed RLIMIT_MEMLOCK and the caller lacks CAP_IPC_LOCK.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_pin_pages_remote(); observed',
} as const satisfies Rule

export const typeMapFault = {
  id: 'vfio.map/no-page-to-pin',
  statement: 'A map fails with EFAULT if its address range has no page that can be pinned with the rights asked for.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vaddr_get_pfns(); observed',
} as const satisfies Rule

export const typeMapDriver = {
  id: 'vfio.map/driver-error',
  statement: "A map that the IOMMU driver refuses fails with the driver's error.",
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_iommu_map()',
} as const satisfies Rule

export const typeMapRollback = {
  id: 'vfio.map/rollback',
  statement:
    'A map that fails after pinning began leaves nothing: its entries are removed, its pages unpinned, its ' +
    'entry given back.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_pin_map_dma(), vfio_remove_dma()',
} as const satisfies Rule

export const typeMapPinsFirst = {
  id: 'vfio.map/pins-before-entries',
  statement: 'A map pins a run of pages before it writes the entries for that run, one run after another.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_pin_map_dma()',
} as const satisfies Rule

export const typeMapLargest = {
  id: 'vfio.map/largest-leaf',
  statement: 'Pages that follow one another in memory are mapped as one run, so aligned runs become superpages.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_pin_map_dma(), vfio_iommu_map(); observed in debugfs',
} as const satisfies Rule

export const typeMapKilled = {
  id: 'vfio.map/killed',
  statement: 'A map fails with EINTR, and leaves nothing, if its caller is being killed while pages are counted.',
  force: 'may',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, mm_lock_acct(), mmap_write_lock_killable()',
} as const satisfies Rule
