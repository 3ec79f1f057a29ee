import type { Rule } from '../rule.js'
import { chipset4Series, core12Gen, coreUltra200V, linux72 } from '../sources.js'

// Which cached entries an invalidation drops, and what its completion promises.

export const vtdPsi = {
  id: 'vtd.invalidation/page-selective',
  statement: 'A page-selective invalidation drops every IOTLB entry of its domain that lies inside the aligned range.',
  force: 'must',
  source: chipset4Series,
  at: 'IOTLB_REG, IIRG 011; IVA_REG',
} as const satisfies Rule

export const vtdPsiLowBits = {
  id: 'vtd.invalidation/low-bits-ignored',
  statement:
    'The address mask hides that many low page bits: hardware flushes the aligned power of two around the address.',
  force: 'must',
  source: core12Gen,
  at: 'IVA_REG, AM',
} as const satisfies Rule

export const vtdPsiRounding = {
  id: 'vtd.invalidation/rounded-to-cover',
  statement:
    'To flush a range that is not size-aligned, software gives the smallest aligned power of two that covers it.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, calculate_psi_aligned_address()',
} as const satisfies Rule

export const vtdPsiSuperpageMask = {
  id: 'vtd.invalidation/superpage-mask',
  statement: 'To flush a 2 MiB translation, software gives an address mask of at least 9.',
  force: 'must',
  source: core12Gen,
  at: 'IVA_REG, AM; chipset4Series says the same',
} as const satisfies Rule

export const vtdPsiLargerEntry = {
  id: 'vtd.invalidation/larger-entry',
  statement:
    'Whether a page-selective invalidation drops a cached superpage that only contains the range is left open.',
  force: 'may',
  source: core12Gen,
  at: 'IVA_REG, AM: silent about smaller masks; QEMU 10.2 drops it',
} as const satisfies Rule

export const vtdDomainSelective = {
  id: 'vtd.invalidation/domain-selective',
  statement: 'A domain-selective invalidation drops every IOTLB and paging-structure entry of that domain.',
  force: 'must',
  source: chipset4Series,
  at: 'IOTLB_REG, IIRG 010',
} as const satisfies Rule

export const vtdGlobal = {
  id: 'vtd.invalidation/global',
  statement: 'A global invalidation drops every IOTLB and paging-structure entry of the unit.',
  force: 'must',
  source: chipset4Series,
  at: 'IOTLB_REG, IIRG 001',
} as const satisfies Rule

export const vtdCoarser = {
  id: 'vtd.invalidation/coarser',
  statement: 'Hardware may invalidate more than was asked: pages as a domain, a domain as everything.',
  force: 'may',
  source: coreUltra200V,
  at: 'IOTLB_REG, IIRG and IAIG',
} as const satisfies Rule

export const vtdHintClear = {
  id: 'vtd.invalidation/hint-clear',
  statement:
    'With the hint clear, a page-selective invalidation drops the paging-structure entries for its range as well.',
  force: 'must',
  source: chipset4Series,
  at: 'IVA_REG, IH 0',
} as const satisfies Rule

export const vtdHintKeeps = {
  id: 'vtd.invalidation/hint-set',
  statement: 'With the hint set, hardware may keep the paging-structure entries for the range.',
  force: 'may',
  source: chipset4Series,
  at: 'IVA_REG, IH 1',
} as const satisfies Rule

export const vtdHintOnlyForLeaves = {
  id: 'vtd.invalidation/hint-needs-no-freed-table',
  statement: 'Software sets the hint only when no table page was removed since the last flush.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/iommu.c, intel_iommu_tlb_sync()',
} as const satisfies Rule

export const vtdQueueInOrder = {
  id: 'vtd.invalidation/wait-descriptor',
  statement: 'A wait descriptor writes its status word only after every invalidation queued before it has completed.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, qi_submit_sync()',
} as const satisfies Rule

export const vtdDropThenDrain = {
  id: 'vtd.invalidation/drop-then-drain',
  statement: 'Dropping the cached entries and draining DMA that already used them are two events, in this order.',
  force: 'must',
  source: chipset4Series,
  at: 'IOTLB_REG, DR and DW',
} as const satisfies Rule

export const vtdDrainAsked = {
  id: 'vtd.invalidation/drain',
  statement:
    'If draining is supported and asked for, completion waits for the translated reads or writes of the flushed ' +
    'range.',
  force: 'must',
  source: chipset4Series,
  at: 'IOTLB_REG, DR and DW; Linux 7.2 qi_desc_iotlb() sets both',
} as const satisfies Rule

export const vtdNoDrain = {
  id: 'vtd.invalidation/no-drain',
  statement:
    'If draining is not supported or not asked for, completion may come while DMA translated before is still ' +
    'under way.',
  force: 'may',
  source: chipset4Series,
  at: 'IOTLB_REG, DR and DW; CAP_REG, DRD and DWD',
} as const satisfies Rule

export const vtdLazyMode = {
  id: 'vtd.invalidation/lazy-mode',
  statement: 'In lazy mode an unmap of the DMA API returns before the IOTLB is invalidated: a queue is flushed later.',
  force: 'may',
  source: linux72,
  at:
    'drivers/iommu/dma-iommu.c, __iommu_dma_unmap(), iotlb_gather.queued; Documentation/admin-guide/' +
    'kernel-parameters.txt, iommu.strict',
} as const satisfies Rule

export const vtdEveryUnit = {
  id: 'vtd.invalidation/every-unit',
  statement:
    "A change to a domain's table is flushed on every unit and under every domain id where the domain is attached.",
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, cache_tag_flush_range()',
} as const satisfies Rule
