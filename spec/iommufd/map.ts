import type { Rule } from '../rule.js'
import { linux72, linux612 } from '../sources.js'

// IOMMU_IOAS_MAP, its checks in order, and IOMMU_IOAS_MAP_FILE.

export const iommufdMapFlags = {
  id: 'iommufd.map/flags',
  statement: 'A map with an unknown flag or a reserved field set fails with EOPNOTSUPP.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/ioas.c, iommufd_ioas_map()',
} as const satisfies Rule

export const iommufdMapsAtOnce = {
  id: 'iommufd.map/several-at-once',
  statement:
    'While a map writes its entries it holds domains_rwsem for reading: maps of other areas write theirs at once.',
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_map_pages()',
} as const satisfies Rule

export const iommufdMapHuge = {
  id: 'iommufd.map/huge-fields',
  statement:
    "A map whose IOVA or length is the largest 64-bit value or does not fit the kernel's type fails with " +
    'EOVERFLOW.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/ioas.c, iommufd_ioas_map()',
} as const satisfies Rule

export const iommufdMapRights = {
  id: 'iommufd.map/rights',
  statement: 'A map that asks for neither read nor write fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/ioas.c, iommufd_ioas_map(); observed',
} as const satisfies Rule

export const iommufdMapAlign = {
  id: 'iommufd.map/alignment',
  statement:
    'A map fails with EINVAL if its length is 0, or its length or IOVA is not aligned for every attached domain.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_alloc_area_pages(), iopt_check_iova(); observed',
} as const satisfies Rule

export const iommufdMapWrap = {
  id: 'iommufd.map/wrap',
  statement: 'A map whose IOVA range wraps around fails with EOVERFLOW.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_check_iova(); observed',
} as const satisfies Rule

export const iommufdMapReserved = {
  id: 'iommufd.map/reserved',
  statement:
    'A map that touches a reserved IOVA or leaves the aperture fails with EINVAL, before overlap is looked at.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_check_iova(); observed',
} as const satisfies Rule

export const iommufdMapOverlap = {
  id: 'iommufd.map/overlap',
  statement: 'A map that overlaps an area fails with EEXIST.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_check_iova(); observed',
} as const satisfies Rule

export const iommufdMapAddress = {
  id: 'iommufd.map/address-alignment',
  statement:
    'A map fails with EINVAL if its address is not aligned as its IOVA must be, which is checked after overlap.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_insert_area(); observed',
} as const satisfies Rule

export const iommufdMapNoSpace = {
  id: 'iommufd.map/no-space',
  statement:
    'A map that leaves the choice of IOVA to the kernel fails with ENOSPC if no gap fits; a fixed IOVA never does.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_alloc_iova()',
} as const satisfies Rule

export const iommufdMapNoMemory = {
  id: 'iommufd.map/no-memory',
  statement:
    'A map fails with ENOMEM, and changes nothing, if its area cannot be allocated, which comes before all checks of ' +
    'its range but that of length 0.',
  force: 'must',
  source: linux72,
  at:
    'drivers/iommu/iommufd/pages.c, iopt_alloc_pages(); drivers/iommu/iommufd/io_pagetable.c, ' +
    'iopt_alloc_area_pages(), iopt_area_alloc()',
} as const satisfies Rule

export const iommufdMapMemlock = {
  id: 'iommufd.map/memlock',
  statement:
    'A map fails with ENOMEM if its pins exceed RLIMIT_MEMLOCK and the caller lacks CAP_IPC_LOCK; they are counted ' +
    'when the entries are written, which are then taken out again.',
  force: 'must',
  source: linux72,
  at:
    'drivers/iommu/iommufd/pages.c, iopt_area_fill_domains(), pfn_reader_update_pinned(), ' +
    'iopt_pages_update_pinned(), in 6.12 do_update_pinned(); observed, as EINVAL of the driver before ENOMEM',
} as const satisfies Rule

export const iommufdMapFault = {
  id: 'iommufd.map/no-page-to-pin',
  statement: 'A map fails with EFAULT if its address range has no page that can be pinned.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, pfn_reader_user_pin(); observed',
} as const satisfies Rule

export const iommufdMapRollback = {
  id: 'iommufd.map/rollback',
  statement: 'A map that fails leaves no area, no entry and no pin of its own in any domain.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_fill_domains_pages(), iopt_abort_area()',
} as const satisfies Rule

export const iommufdNoLimit = {
  id: 'iommufd.map/no-count-limit',
  statement: 'The number of areas is not limited: memory is the only bound.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_map_pages(); observed with 70,000 areas',
} as const satisfies Rule

export const iommufdMapFileBacking = {
  id: 'iommufd.map-file/backing',
  statement: 'A map by file and offset takes a memfd in shmem or hugetlbfs, and fails with EINVAL for a guest_memfd.',
  force: 'must',
  source: linux72,
  at: 'mm/gup.c, memfd_pin_folios(), shmem_file(), is_file_hugepages(); observed on 7.2',
} as const satisfies Rule

export const iommufdMapFileEnd = {
  id: 'iommufd.map-file/beyond-end',
  statement: 'A map by file and offset fails with EINVAL, not EFAULT, if it reaches beyond the end of the file.',
  force: 'must',
  source: linux72,
  at: 'mm/gup.c, memfd_pin_folios(), i_size_read(); observed on 7.2',
} as const satisfies Rule

export const iommufdMapFileAbsent = {
  id: 'iommufd.map-file/absent-6-12',
  statement: 'Linux 6.12 has no map by file and offset.',
  force: 'must',
  source: linux612,
  at: 'include/uapi/linux/iommufd.h',
} as const satisfies Rule

export const iommufdMapTop = {
  id: 'iommufd.map/top',
  statement: 'An area may end at the last 64-bit address, and an unmap finds it.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_unmap_iova(), check_add_overflow() of length - 1',
} as const satisfies Rule
