import type { Rule } from '../rule.js'
import { linux72, linux612 } from '../sources.js'

// VFIO_IOMMU_UNMAP_DMA of type1, versions 1 and 2.

export const typeUnmapAlign = {
  id: 'vfio.unmap/alignment',
  statement: 'An unmap fails with EINVAL if its IOVA is not a multiple of the smallest IOMMU page.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(); observed',
} as const satisfies Rule

export const typeUnmapSize = {
  id: 'vfio.unmap/size',
  statement:
    'An unmap without the ALL flag fails with EINVAL if its size is 0 or not a multiple of the smallest IOMMU ' +
    'page.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(); observed',
} as const satisfies Rule

export const typeUnmapWrap = {
  id: 'vfio.unmap/wrap',
  statement: "An unmap whose range wraps around or does not fit the kernel's types fails with EOVERFLOW.",
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(); observed',
} as const satisfies Rule

export const typeUnmapWrap612 = {
  id: 'vfio.unmap/wrap-6-12',
  statement: 'On Linux 6.12 an unmap whose range wraps around fails with EINVAL instead.',
  force: 'must',
  source: linux612,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(); observed',
} as const satisfies Rule

export const typeUnmapAll = {
  id: 'vfio.unmap/all',
  statement: 'An unmap with the ALL flag removes every mapping and returns the sum of their sizes.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(), unmap_all; observed',
} as const satisfies Rule

export const typeUnmapAllRange = {
  id: 'vfio.unmap/all-with-range',
  statement: 'An unmap with the ALL flag fails with EINVAL if its IOVA or size is not 0.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(), unmap_all; observed',
} as const satisfies Rule

export const typeUnmapBisect = {
  id: 'vfio.unmap/bisects',
  statement: 'A v2 unmap whose first or last byte cuts a mapping fails with EINVAL before anything is removed.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(), v2; observed',
} as const satisfies Rule

export const typeUnmapSuperset = {
  id: 'vfio.unmap/superset',
  statement:
    'An unmap removes every mapping that lies inside its range, holes or not, and returns the sum of their sizes.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(); observed',
} as const satisfies Rule

export const typeUnmapNothing = {
  id: 'vfio.unmap/nothing-mapped',
  statement: 'An unmap that finds no mapping succeeds with size 0.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(); observed',
} as const satisfies Rule

export const typeUnmapErrnoSize = {
  id: 'vfio.unmap/size-after-error',
  statement: "After an errno the size in the caller's structure is still the size asked for, not what was removed.",
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_unmap_dma(); observed',
} as const satisfies Rule

export const typeV1StartsInside = {
  id: 'vfio.unmap/v1-starts-inside',
  statement: 'A v1 unmap that starts inside a mapping stops there: it succeeds with size 0 and removes nothing.',
  force: 'must',
  source: linux612,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(), not v2; observed',
} as const satisfies Rule

export const typeV1WholeMapping = {
  id: 'vfio.unmap/v1-whole-mapping',
  statement:
    'A v1 unmap that covers the first IOVA of a mapping removes all of it and returns a size larger than asked ' +
    'for.',
  force: 'must',
  source: linux612,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(), not v2; observed',
} as const satisfies Rule

export const typeUnmapDriverFailureLost = {
  id: 'vfio.unmap/driver-failure-lost',
  statement:
    'If the IOMMU driver clears nothing of a run, the unmap warns, keeps the entries and pins that are left, ' +
    'forgets the mapping and succeeds.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_unmap_unpin(), vfio_remove_dma()',
} as const satisfies Rule

export const typeUnmapTop = {
  id: 'vfio.unmap/top',
  statement: 'A mapping that ends at the last 64-bit address is found by an unmap, and by one of all.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_unmap(), iova_end; ef270ec44637',
} as const satisfies Rule

export const typeUnmapTop612 = {
  id: 'vfio.unmap/top-6-12',
  statement:
    'On Linux 6.12 an unmap that ends there finds nothing: success, of size 0. One that comes to such a mapping from ' +
    'another, and the end of the container, forget it, and leave its entries and its pins.',
  force: 'must',
  source: linux612,
  at:
    'drivers/vfio/vfio_iommu_type1.c, vfio_find_dma_first_node(): start + size is 0; vfio_unmap_unpin(): iova < end ' +
    'never holds; in 6.12.117 still',
} as const satisfies Rule

export const typeUnmapTopHides612 = {
  id: 'vfio.unmap/top-hides-6-12',
  statement:
    'On Linux 6.12 a mapping that ends at the last address may also hide one before it, if the tree has that below it.',
  force: 'must',
  source: linux612,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_find_dma_first_node(): goes to the right of it',
} as const satisfies Rule

export const typeUnmapAdvances = {
  id: 'vfio.unmap/advances-by-removed',
  statement:
    'An unmap goes through a mapping by what the IOMMU driver says it removed, and unpins that: it may be more than ' +
    'was asked for.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_unmap_unpin(), unmap_unpin_slow(); 6.12 alike',
} as const satisfies Rule
