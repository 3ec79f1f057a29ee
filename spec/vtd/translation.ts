import type { Rule } from '../rule.js'
import { chipset4Series, linux72, linux612, qemu102 } from '../sources.js'

// How a DMA address becomes a frame: the second-stage walk, and the caches that may stand in for it.

export const vtdWalk = {
  id: 'vtd.translation/second-stage-walk',
  statement:
    "A request that no cache answers is walked from its domain's root, one table a level, down to the first leaf.",
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/fmt/vtdss.h, vtdss_pt_load_entry_raw()',
} as const satisfies Rule

export const vtdNotPresent = {
  id: 'vtd.translation/no-present-bit',
  statement:
    'A second-stage entry has no present bit: with R and W both clear it is not present, and the request is ' +
    'blocked.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/fmt/vtdss.h, vtdss_pt_iommu_set_prot()',
} as const satisfies Rule

export const vtdLeafSizes = {
  id: 'vtd.translation/leaf-sizes',
  statement:
    'A leaf maps 4 KiB, or 2 MiB or 1 GiB where PS is set, the unit reports that size and both addresses are ' +
    'aligned to it.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/fmt/vtdss.h, vtdss_pt_can_have_leaf() and VTDSS_FMT_PS',
} as const satisfies Rule

export const vtdAddressWidth = {
  id: 'vtd.translation/address-width',
  statement:
    'An address beyond the width of the domain is blocked with reason 4, or in scalable mode 0x83 (beyond the unit) ' +
    'or 0x84 (beyond the second level), whatever the tables say.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, dma_remap_fault_reasons[4], dma_remap_sm_fault_reasons, 0x83 and 0x84 (names alone)',
} as const satisfies Rule

export const vtdIotlbHit = {
  id: 'vtd.translation/iotlb-hit',
  statement:
    'A cached leaf of the same domain that covers the address may be used in place of the walk, whatever memory ' +
    'holds by now.',
  force: 'may',
  source: qemu102,
  at: 'hw/i386/intel_iommu.c, vtd_do_iommu_translate(), vtd_lookup_iotlb()',
} as const satisfies Rule

export const vtdIotlbFill = {
  id: 'vtd.translation/iotlb-fill',
  statement:
    'Hardware may put any translation that is present in the tables into the IOTLB at any time, asked for or not.',
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/intel/iommu.c, intel_iommu_tlb_sync(): a flush after every removal is the evidence',
} as const satisfies Rule

export const vtdIotlbEvict = {
  id: 'vtd.translation/iotlb-evict',
  statement: 'Hardware may drop any cached translation at any time, so a hit is never promised.',
  force: 'may',
  source: qemu102,
  at: 'hw/i386/intel_iommu.c, vtd_update_iotlb(), reset at VTD_IOTLB_MAX_SIZE',
} as const satisfies Rule

export const vtdPagingStructureCache = {
  id: 'vtd.translation/paging-structure-cache',
  statement: 'A walk may start from a cached non-leaf entry, and so read a table that memory no longer points to.',
  force: 'may',
  source: chipset4Series,
  at: 'IVA_REG, IH: non-leaf entries may be cached; Linux 6.12 domain_unmap() relies on it',
} as const satisfies Rule

export const vtdStaleSuperpageCoexists = {
  id: 'vtd.translation/stale-superpage-coexists',
  statement:
    'A cached superpage and a cached 4 KiB entry for one address may exist together, and hardware may use either.',
  force: 'may',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, switch_to_super_page(); 38c527aeb419',
} as const satisfies Rule
