import type { Rule } from '../rule.js'
import { riscvIommu } from '../sources.js'

// The IOMMU of RISC-V: what it may use of a table that changes, and what a fence waits for.

export const riscvOldOrNew = {
  id: 'riscv.iommu/old-or-new',
  statement: 'Until an IOTINVAL covers a changed leaf, the IOMMU uses the old translation or the new, and no other.',
  force: 'must',
  source: riscvIommu,
  at: 'src/iommu_in_memory_queues.adoc, IOTINVAL.GVMA, note on what an implementation may use',
} as const satisfies Rule

export const riscvTwoSizes = {
  id: 'riscv.iommu/two-sizes',
  statement: 'If entries of two sizes match an address, it is unpredictable which is used, and well defined otherwise.',
  force: 'must',
  source: riscvIommu,
  at: 'src/iommu_in_memory_queues.adoc, IOTINVAL.GVMA, note on a page that becomes larger',
} as const satisfies Rule

export const riscvInvalidationByAddress = {
  id: 'riscv.iommu/invalidation-by-address',
  statement: 'IOTINVAL.GVMA of one address drops what is cached of the leaf that translates it.',
  force: 'must',
  source: riscvIommu,
  at: 'src/iommu_in_memory_queues.adoc, IOTINVAL.GVMA, GV = 1 and AV = 1',
} as const satisfies Rule

export const riscvFenceOrdersProcessed = {
  id: 'riscv.iommu/fence-orders-processed',
  statement:
    'IOFENCE.C completes the commands before it; with PR and PW it orders the DMA that the IOMMU has processed.',
  force: 'must',
  source: riscvIommu,
  at: 'src/iommu_in_memory_queues.adoc, Command-queue Fence commands',
} as const satisfies Rule

export const riscvReclaimOrder = {
  id: 'riscv.iommu/reclaim-order',
  statement:
    'Memory is taken from a device by a change of the table, then IOTINVAL, then IOFENCE.C with PR, and with PW as ' +
    'well if the device could write.',
  force: 'must',
  source: riscvIommu,
  at: 'src/iommu_in_memory_queues.adoc, Command-queue Fence commands, note on reclaiming memory',
} as const satisfies Rule

export const riscvNonLeaf = {
  id: 'riscv.iommu/non-leaf',
  statement:
    'IOTINVAL of an address leaves what is cached of entries above the leaf, unless it says NL; a unit without NL ' +
    'drops them with all of the address space.',
  force: 'must',
  source: riscvIommu,
  at:
    'src/iommu_extensions.adoc, Non-leaf PTE Invalidation Extension; Linux 7.2: drivers/iommu/riscv/iommu.c, ' +
    'riscv_iommu_iotlb_inval_iommu()',
} as const satisfies Rule

export const riscvDirectoriesKept = {
  id: 'riscv.iommu/directories-kept',
  statement:
    'IOTINVAL drops nothing of what is cached of the directories, which may have addresses that the second stage ' +
    'translated: a change of that stage needs IODIR as well.',
  force: 'must',
  source: riscvIommu,
  at: 'src/iommu_in_memory_queues.adoc, IOMMU directory cache invalidation commands, note',
} as const satisfies Rule
