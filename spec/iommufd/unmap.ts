import type { Rule } from '../rule.js'
import { linux72, linux612 } from '../sources.js'

// IOMMU_IOAS_UNMAP: areas go one at a time.

export const iommufdUnmapAll = {
  id: 'iommufd.unmap/everything',
  statement: 'An unmap of IOVA 0 with the largest length removes every area, and succeeds if there is none.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/ioas.c, iommufd_ioas_unmap(), iopt_unmap_all(); observed',
} as const satisfies Rule

export const iommufdUnmapSuperset = {
  id: 'iommufd.unmap/superset',
  statement:
    'An unmap removes every area that lies inside its range, holes or not, and returns the sum of their lengths.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_unmap_iova_range(); ioas.c, iommufd_ioas_unmap(); observed',
} as const satisfies Rule

export const iommufdUnmapZero = {
  id: 'iommufd.unmap/zero-length',
  statement: 'An unmap of length 0 fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_unmap_iova(); observed',
} as const satisfies Rule

export const iommufdUnmapWrap = {
  id: 'iommufd.unmap/wrap',
  statement:
    'An unmap whose range wraps around, or whose IOVA or length is the largest 64-bit value, fails with EOVERFLOW.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_unmap_iova(), iommufd_ioas_unmap(); observed',
} as const satisfies Rule

export const iommufdUnmapNothing = {
  id: 'iommufd.unmap/nothing-mapped',
  statement: 'An unmap that finds no area fails with ENOENT; alignment is not checked on its own.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/ioas.c, iommufd_ioas_unmap(); observed',
} as const satisfies Rule

export const iommufdUnmapBisect = {
  id: 'iommufd.unmap/bisects',
  statement: 'An unmap that meets an area which its range cuts fails with ENOENT, and that area stays whole.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_unmap_iova_range(); observed',
} as const satisfies Rule

export const iommufdUnmapPartial = {
  id: 'iommufd.unmap/partial-effect',
  statement:
    'Areas that were removed before an unmap failed stay removed, and the native call does not report how much ' +
    'that was.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_unmap_iova_range(); observed',
} as const satisfies Rule

export const iommufdUnmapBusy = {
  id: 'iommufd.unmap/busy',
  statement:
    'An unmap that meets an area under construction, under removal by another thread, or locked, fails with EBUSY.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_unmap_iova_range(), area->pages and num_locks',
} as const satisfies Rule

export const iommufdUnmapBusy612 = {
  id: 'iommufd.unmap/busy-6-12',
  statement: 'In 6.12 no area is locked by another object: EBUSY means one under construction or under removal.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_unmap_iova_range(), area->pages',
} as const satisfies Rule

export const iommufdUnmapAccessStuck = {
  id: 'iommufd.unmap/access-stuck',
  statement: 'An unmap fails with EDEADLOCK if an access still holds the area after 101 requests to let go.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_unmap_iova_range(), tries',
} as const satisfies Rule

export const iommufdUnmapDriverCannotFail = {
  id: 'iommufd.unmap/driver-cannot-fail',
  statement:
    'An unmap neither allocates nor fails in the IOMMU driver: a short one is warned about and taken for ' + 'whole.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, iommu_unmap_nofail(), batch_init_backup()',
} as const satisfies Rule

export const iommufdUnmapOrder = {
  id: 'iommufd.unmap/clear-flush-unpin',
  statement: 'Within an area, in batches, entries are cleared and flushed before the pages behind them are unpinned.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, iopt_area_unfill_domains(), __iopt_area_unfill_domain()',
} as const satisfies Rule

export const iommufdUnmapOthersFirst = {
  id: 'iommufd.unmap/other-domains-first',
  statement:
    'An area is removed from every other domain before the domain that stores its frames, whose removal also ' +
    'unpins.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, iopt_area_unfill_domains()',
} as const satisfies Rule

export const iommufdUnmapDropsLock = {
  id: 'iommufd.unmap/lock-dropped',
  statement: 'The lock over IOVA is dropped while an area is taken down, so other calls may come between two areas.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_unmap_iova_range(), iova_rwsem',
} as const satisfies Rule
