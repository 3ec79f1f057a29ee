import type { Rule } from '../rule.js'
import { linux72, linux612, xen } from '../sources.js'

// Making and breaking superpages in a live table.

export const vtdTableFreedAfterFlush = {
  id: 'vtd.superpage/table-freed-after-flush',
  statement:
    'A table page goes back to the allocator only after a flush with the hint clear that began after it was ' +
    'unlinked.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/iommu.c, intel_iommu_tlb_sync()',
} as const satisfies Rule

export const vtdTableFreedEarly612 = {
  id: 'vtd.superpage/table-freed-early-6-12',
  statement:
    'An unmap of Linux 6.12 in parts of unlike size, as iommu_pgsize() cuts it or as the runs of a mapping of type1 ' +
    'are, frees the tables of a later part when it flushes the earlier, and flushes the later part with the hint set.',
  force: 'must',
  source: linux612,
  at:
    'drivers/iommu/intel/iommu.c, intel_iommu_unmap(), intel_iommu_tlb_sync(); iommu_iotlb_gather_add_page(); ' +
    'vfio_unmap_unpin(): one gather for all runs',
} as const satisfies Rule

export const vtdSuperpageOverEmpty72 = {
  id: 'vtd.superpage/over-empty-table-7-2',
  statement:
    'A superpage over an empty table: 7.2 clears the parent, gathers the table, stores the leaf, flushes with ' +
    'the hint clear, frees the table, and only then returns from the map.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/iommu_pt.h, clear_contig(), end of the map operation (own reading)',
} as const satisfies Rule

export const vtdSuperpageOverEmpty612 = {
  id: 'vtd.superpage/over-empty-table-6-12',
  statement:
    'A superpage over a table, empty or not: 6.12 clears the parent, frees the table, flushes with the hint clear, ' +
    'and then stores the leaf; of a run of superpages all tables go before the first leaf is stored.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, switch_to_super_page(), dma_pte_free_level() (own reading)',
} as const satisfies Rule

export const vtdMapOverLeafRefused = {
  id: 'vtd.superpage/map-over-leaf-7-2',
  statement:
    'Linux 7.2 refuses to map over an existing leaf, or a superpage over a table that holds one, with EADDRINUSE.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/iommu_pt.h, __map_range_leaf(), clear_contig()',
} as const satisfies Rule

export const vtdMapOverLeafKept = {
  id: 'vtd.superpage/map-over-leaf-6-12',
  statement:
    'Linux 6.12 keeps a 4 KiB leaf when another is mapped over it, logs an error, and continues as if it had ' +
    'succeeded.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, __domain_mapping(), try_cmpxchg64_local()',
} as const satisfies Rule

export const vtdMapReplaces612 = {
  id: 'vtd.superpage/map-replaces-6-12',
  statement:
    'A superpage on Linux 6.12 takes the place of what is there: the leaves of a table, or another superpage, are ' +
    'cleared and flushed, and the map succeeds.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, __domain_mapping(), switch_to_super_page(), dma_pte_clear_range()',
} as const satisfies Rule

export const vtdMapInsideSuperpage612 = {
  id: 'vtd.superpage/map-inside-superpage-6-12',
  statement:
    'A 4 KiB entry that Linux 6.12 maps inside a superpage changes no translation: it is written into the first page ' +
    'of the superpage, where there are zeroes, and the map succeeds.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, pfn_to_dma_pte(), __domain_mapping()',
} as const satisfies Rule

export const vtdMapUndone72 = {
  id: 'vtd.superpage/map-undone-7-2',
  statement:
    'A map that fails on Linux 7.2 removes and flushes exactly what it has written, with the tables that this covers ' +
    'as a whole; other tables that it made stay.',
  force: 'must',
  source: linux72,
  at:
    'drivers/iommu/iommu.c, iommu_map_nosync(); drivers/iommu/generic_pt/iommu_pt.h, map_range(), __unmap_range(): ' +
    'fully_covered',
} as const satisfies Rule

export const vtdMapUndone612 = {
  id: 'vtd.superpage/map-undone-6-12',
  statement:
    'A map that fails for want of memory on Linux 6.12 removes what its earlier parts wrote, and leaves in the live ' +
    'table what the failing part wrote.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, __domain_mapping(), intel_iommu_map_pages(); drivers/iommu/iommu.c, __iommu_map()',
} as const satisfies Rule

export const vtdUnmapInsideSuperpage = {
  id: 'vtd.superpage/unmap-starts-inside',
  statement: 'An unmap that starts inside a superpage removes nothing and returns 0 on Linux 7.2.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/iommu_pt.h, __unmap_range()',
} as const satisfies Rule

export const vtdUnmapInsideSuperpage612 = {
  id: 'vtd.superpage/unmap-starts-inside-6-12',
  statement:
    'An unmap that starts inside a superpage on Linux 6.12 leaves it, clears words of its first page that look like ' +
    'entries, continues for the length of a superpage into the next region, and returns that length.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, intel_iommu_unmap(), dma_pte_clear_level()',
} as const satisfies Rule

export const vtdUnmapEnlarges = {
  id: 'vtd.superpage/unmap-ends-inside',
  statement:
    'An unmap that starts at a superpage and ends inside it removes the whole superpage and returns the larger ' +
    'size.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/iommu_pt.h, __unmap_range(), start_oa; 6.12 intel_iommu_unmap(), dma_pte_clear_level()',
} as const satisfies Rule

export const vtdUnmapRefused = {
  id: 'vtd.superpage/unmap-refused',
  statement: "Other drivers, Arm's for one, may refuse an unmap that covers only part of a large leaf.",
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/io-pgtable-arm.c, 33729a5fc0ca',
} as const satisfies Rule

export const vtdUnmapStopsAtHole = {
  id: 'vtd.superpage/unmap-stops-at-hole-7-2',
  statement:
    'An unmap that meets an empty entry stops there on Linux 7.2 and returns what it has removed so far; an empty ' +
    'table is a hole, and stays.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/iommu_pt.h, __unmap_range()',
} as const satisfies Rule

export const vtdUnmapSkipsHole = {
  id: 'vtd.superpage/unmap-skips-hole-6-12',
  statement:
    'An unmap that meets an empty entry on Linux 6.12 continues to the end of the range, and returns at least the ' +
    'size that it was asked for, holes included.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, intel_iommu_unmap(), dma_pte_clear_level()',
} as const satisfies Rule

export const vtdUnmapEnlargedAtHole612 = {
  id: 'vtd.superpage/unmap-enlarged-at-hole-6-12',
  statement:
    'An unmap of Linux 6.12 that begins where there is no table continues, from its own address, for as much as the ' +
    'missing table would map, removes what is there, and returns the larger size.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, pfn_to_dma_pte(), intel_iommu_unmap()',
} as const satisfies Rule

export const vtdNoCut = {
  id: 'vtd.superpage/no-cut',
  statement:
    "Linux's driver of VT-d (6.12, 7.2) can neither split a live superpage nor merge live small entries into one.",
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/iommu_pt.h, the operations of pt_iommu_ops',
} as const satisfies Rule

export const vtdSplitHitless = {
  id: 'vtd.superpage/split-hitless',
  statement:
    'A superpage may be replaced by a table of the same frames: fill the table, each entry with the rights of ' +
    'the superpage, write it back, store the parent once, flush.',
  force: 'may',
  source: xen,
  at: 'xen/drivers/passthrough/vtd/iommu.c, addr_to_dma_page_maddr()',
} as const satisfies Rule

export const vtdCoalesceHitless = {
  id: 'vtd.superpage/coalesce-hitless',
  statement:
    'A table whose entries are contiguous and alike may be replaced by a superpage in one store, without a gap.',
  force: 'may',
  source: xen,
  at: 'xen/drivers/passthrough/vtd/iommu.c, intel_iommu_map_page(), pt_update_contig_markers()',
} as const satisfies Rule

export const vtdCoalesceFlushAll = {
  id: 'vtd.superpage/coalesce-flush',
  statement:
    'After a table became a superpage the whole domain is flushed, and the queued table page is freed only ' +
    'after that.',
  force: 'must',
  source: xen,
  at: 'xen/drivers/passthrough/vtd/iommu.c, iommu_flush_iotlb(), IOMMU_FLUSHF_all',
} as const satisfies Rule
