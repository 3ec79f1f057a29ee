import type { Rule } from '../rule.js'
import { linux72, linux612, xeonE7v2 } from '../sources.js'

// Attaching a device to another table.

export const vtdAttachBlocks = {
  id: 'vtd.domains/attach-blocks',
  statement:
    "Linux blocks a device's translation before it attaches another domain, so every DMA between the two faults.",
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/iommu.c, intel_iommu_attach_device(), device_block_translation(); 6.12 alike',
} as const satisfies Rule

export const vtdAttachHitless = {
  id: 'vtd.domains/attach-hitless',
  statement: 'A driver may switch a device from one domain to the other with no instant at which neither translates.',
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/iommu.c, iommu_replace_group_handle()',
} as const satisfies Rule

export const vtdAttachBusy = {
  id: 'vtd.domains/attach-busy',
  statement:
    'A device that is attached cannot be attached once more, to the same domain or to another: EBUSY, and nothing is ' +
    'changed.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommu.c, iommu_attach_group_handle(), __iommu_attach_group(); 6.12 alike',
} as const satisfies Rule

export const vtdReplaceMoves = {
  id: 'vtd.domains/replace-moves',
  statement:
    'A replacement moves a device that is attached, attaches one that is blocked, and does nothing if the device is ' +
    'there already.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommu.c, iommu_replace_group_handle(), __iommu_group_set_domain_internal(); 6.12 alike',
} as const satisfies Rule

export const vtdDetachBlocks = {
  id: 'vtd.domains/detach-blocks',
  statement:
    'Where its DMA has an owner other than the DMA API, a device that is detached has no context entry: all its DMA ' +
    'faults.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommu.c, __iommu_group_set_core_domain(); intel/iommu.c, blocking_domain_attach_dev(); 6.12 alike',
} as const satisfies Rule

export const vtdLeaveFlushes = {
  id: 'vtd.domains/leave-flushes',
  statement:
    "When a device leaves a domain, its unit drops all that it has cached of that domain, other devices' entries " +
    'included.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/pasid.c, intel_context_flush_no_pasid(); iommu.c, domain_context_clear_one(); 6.12 alike',
} as const satisfies Rule

export const vtdSuperpagesAfterAttach612 = {
  id: 'vtd.domains/superpages-after-attach-6-12',
  statement:
    'On Linux 6.12 a domain of iommu_paging_domain_alloc() is mapped by 4 KiB entries alone until a device is ' +
    'attached to it; one of iommufd has superpages from the start, and so has any on 7.2.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, md_domain_init(), domain_attach_iommu(), domain_update_iommu_cap(); observed',
} as const satisfies Rule

export const vtdContextCached = {
  id: 'vtd.context/cached',
  statement: 'The unit may use a cached context entry in place of the one in memory, until it is invalidated.',
  force: 'may',
  source: xeonE7v2,
  at: 'VTD[0:1]_CTXCMD, page 408',
} as const satisfies Rule

export const vtdContextCacheFirst = {
  id: 'vtd.context/cache-before-iotlb',
  statement: 'The context cache is invalidated before the IOTLB, whose entries are tagged by what the cache held.',
  force: 'must',
  source: xeonE7v2,
  at: 'VTD[0:1]_CTXCMD, page 408',
} as const satisfies Rule

export const vtdContextPresentFirst = {
  id: 'vtd.context/present-first',
  statement: 'To take a context or PASID entry down, software clears Present alone, invalidates, then writes the rest.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/iommu.h, context_clear_present(); pasid.c, intel_pasid_tear_down_entry()',
} as const satisfies Rule

export const vtdContextTorn = {
  id: 'vtd.context/torn',
  statement: 'An entry whose words are rewritten while it is present may be fetched half old, half new.',
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/intel/pasid.c, intel_pasid_tear_down_entry(); message 20260120061816.2132558-4',
} as const satisfies Rule

export const vtdIdFreedFlushed = {
  id: 'vtd.domains/id-freed-flushed',
  statement:
    "Linux gives a domain's id back once no context entry has it and units are flushed of it: the next domain with " +
    'that id meets nothing cached.',
  force: 'must',
  source: linux72,
  at:
    'drivers/iommu/intel/iommu.c, device_block_translation(), domain_detach_iommu(); ' +
    'pasid.c, intel_context_flush_no_pasid()',
} as const satisfies Rule
