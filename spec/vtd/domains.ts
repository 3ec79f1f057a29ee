import type { Rule } from '../rule.js'
import { linux72, xeonE7v2 } from '../sources.js'

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
  at: 'drivers/iommu/iommu.c, iommu_group_replace_domain()',
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
