import type { Rule } from '../rule.js'
import { linux72, xen } from '../sources.js'

// When an entry that software wrote is what hardware reads.

export const vtdCachingMode = {
  id: 'vtd.visibility/caching-mode',
  statement: 'In caching mode the unit may cache entries that are not present; outside caching mode it never does.',
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, cache_tag_flush_range_np()',
} as const satisfies Rule

export const vtdCachingModeMap = {
  id: 'vtd.visibility/map-flush',
  statement:
    'In caching mode a map is followed by an invalidation, without which a device may still fault on the new ' +
    'entry.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, cache_tag_flush_range_np()',
} as const satisfies Rule

export const vtdNonCoherentWalk = {
  id: 'vtd.visibility/cache-line-flush',
  statement:
    'If the unit does not snoop, an entry is written back from the CPU cache before hardware is sure to see it.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/iommu_pt.h, flush_writes_range(), PT_FEAT_DMA_INCOHERENT',
} as const satisfies Rule

export const vtdLineWrittenBack = {
  id: 'vtd.visibility/line-written-back',
  statement:
    'A dirty line of a table may be written back at any time: hardware may see a later entry before an earlier.',
  force: 'may',
  source: xen,
  at: 'xen/drivers/passthrough/vtd/iommu.c, addr_to_dma_page_maddr(), the sync before dma_set_pte_addr() (own reading)',
} as const satisfies Rule

export const vtdTableStartsFlushed = {
  id: 'vtd.visibility/table-starts-flushed',
  statement: 'Where the unit does not snoop, a new table page is zeroed and written back before anything leads to it.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/iommu_pt.h, _table_alloc(), iommu_pages_start_incoherent()',
} as const satisfies Rule
