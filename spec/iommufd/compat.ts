import type { Rule } from '../rule.js'
import { linux72, linux612 } from '../sources.js'

// The VFIO type1 interface as iommufd emulates it, where it differs from type1.

export const iommufdCompatRights = {
  id: 'iommufd.compat/rights-late',
  statement:
    'A compatible map does not look at its rights: one with neither read nor write fails with the EINVAL of the ' +
    'IOMMU driver, when overlap has been ruled out and the pages are pinned.',
  force: 'must',
  source: linux612,
  at:
    'drivers/iommu/iommufd/vfio_compat.c, iommufd_vfio_map_dma(); drivers/iommu/intel/iommu.c, __domain_mapping(); ' +
    'observed, on Linux 7.2 too, where drivers/iommu/generic_pt/iommu_pt.h, map_range() warns about it',
} as const satisfies Rule

export const iommufdCompatBisect = {
  id: 'iommufd.compat/bisects',
  statement:
    'A compatible unmap that cuts an area fails with ENOENT where type1 says EINVAL, after earlier areas are gone.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/vfio_compat.c, iommufd_vfio_unmap_dma(); observed',
} as const satisfies Rule

export const iommufdCompatPartialSize = {
  id: 'iommufd.compat/partial-size',
  statement: 'A compatible unmap that fails half-way still reports in its size how much was removed.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/vfio_compat.c, iommufd_vfio_unmap_dma(); observed',
} as const satisfies Rule

export const iommufdCompatNothing = {
  id: 'iommufd.compat/nothing-mapped',
  statement: 'A compatible unmap that finds nothing succeeds with size 0.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/vfio_compat.c, iommufd_vfio_unmap_dma(); observed',
} as const satisfies Rule

export const iommufdCompatMisaligned = {
  id: 'iommufd.compat/misaligned',
  statement: 'A compatible unmap does not check alignment: a misaligned range that holds no area succeeds with size 0.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/vfio_compat.c, iommufd_vfio_unmap_dma(); observed',
} as const satisfies Rule

export const iommufdCompatWrap = {
  id: 'iommufd.compat/wrap',
  statement: 'A compatible call whose range wraps around fails with EOVERFLOW on Linux 6.12 already.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/iommufd/vfio_compat.c, iommufd_vfio_map_dma(); observed',
} as const satisfies Rule

export const iommufdCompatNoLimit = {
  id: 'iommufd.compat/no-limit',
  statement:
    'The compatible interface has no entry limit and always reports the largest 32-bit number of entries as left.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/vfio_compat.c, iommufd_fill_cap_dma_avail(); observed',
} as const satisfies Rule

export const iommufdCompatV1Cuts = {
  id: 'iommufd.compat/v1-cuts',
  statement:
    'Version 1 is emulated by disabling large pages, and then an unmap cuts areas at its two ends before it ' +
    'removes.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/vfio_compat.c, iommufd_vfio_unmap_dma(), iopt_cut_iova()',
} as const satisfies Rule

export const iommufdCutsStay = {
  id: 'iommufd.compat/cuts-stay',
  statement:
    'Where a cut fails, the cuts before it stay: an area that was cut is not joined again, and none of its pages is ' +
    'unmapped or unpinned.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_cut_iova(), iopt_area_split()',
} as const satisfies Rule

export const iommufdCutRefused = {
  id: 'iommufd.compat/cut-refused',
  statement:
    'A cut is refused with EINVAL if the area is in use by an access, was filled with large pages, or the cut ' +
    'is not aligned; with EBUSY of an area under construction, and on 7.2 with EOPNOTSUPP of a dma-buf.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_area_split()',
} as const satisfies Rule
