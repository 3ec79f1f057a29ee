import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

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
