import type { Rule } from '../rule.js'
import { linux72, linux612, qemu72, smmuSpec } from '../sources.js'

// The tables of Arm's SMMUv3 as Linux fills them for VFIO and iommufd, those of stage 1, and QEMU's unit.

export const smmuWriteReadable = {
  id: 'smmuv3.tables/write-only-readable',
  statement:
    'An entry of stage 1 has a bit against writes and none against reads: a write-only mapping is readable. One of ' +
    'stage 2 has a bit for each.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/io-pgtable-arm.c, arm_lpae_prot_to_pte(), ARM_LPAE_PTE_AP_RDONLY, HAP_READ; the same on 7.2',
} as const satisfies Rule

export const smmuSplits612 = {
  id: 'smmuv3.tables/part-splits-6-12',
  statement:
    'An unmap of Linux 6.12 that meets a part of a block puts a table with the rest of it in its place, by one store ' +
    'and without break-before-make; without memory for the table it removes nothing. 7.2 warns and removes nothing.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/io-pgtable-arm.c, arm_lpae_split_blk_unmap(), arm_lpae_install_table(); 7.2: __arm_lpae_unmap()',
} as const satisfies Rule

export const smmuPartRefused72 = {
  id: 'smmuv3.tables/part-refused-7-2',
  statement: 'An unmap of Linux 7.2 that comes to a part of a block warns, and removes nothing from there on.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/io-pgtable-arm.c, __arm_lpae_unmap(), iopte_leaf()',
} as const satisfies Rule

export const smmuUnmapBySize = {
  id: 'smmuv3.tables/unmap-by-size',
  statement:
    'Where the range of an unmap has all of a block, the driver looks at the one entry of the directory: a table ' +
    'there goes by one store with all that is in it, holes too, is invalidated at once, and counts as a block.',
  force: 'must',
  source: linux612,
  at:
    'drivers/iommu/io-pgtable-arm.c, __arm_lpae_unmap(), io_pgtable_tlb_flush_walk(); drivers/iommu/iommu.c, ' +
    'iommu_pgsize(); the same on 7.2',
} as const satisfies Rule

export const smmuUnmapStops = {
  id: 'smmuv3.tables/unmap-stops-at-hole',
  statement:
    'An unmap that meets an entry of the size it looks for which is empty warns, stops, and returns what it has ' +
    'removed so far.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/io-pgtable-arm.c, __arm_lpae_unmap(); drivers/iommu/iommu.c, __iommu_unmap(); the same on 7.2',
} as const satisfies Rule

export const smmuMapOver = {
  id: 'smmuv3.tables/map-over',
  statement:
    'A map over a leaf is refused with EEXIST and a warning; one of a block over a table takes the place of all ' +
    'leaves in it, and invalidates them.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/io-pgtable-arm.c, arm_lpae_init_pte(), __arm_lpae_map(); the same on 6.12',
} as const satisfies Rule

export const smmuMapLooksFirst = {
  id: 'smmuv3.tables/map-looks-first',
  statement:
    'Before the driver stores the leaves of one table, it looks at all of their places: a map that is refused there ' +
    'has stored none of them, and tables that blocks were to replace are gone by then. What was mapped in other ' +
    'tables is unmapped again.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/io-pgtable-arm.c, arm_lpae_init_pte(); drivers/iommu/iommu.c, __iommu_map(); the same on 7.2',
} as const satisfies Rule

export const smmuAbortSilent = {
  id: 'smmuv3.domains/abort-unrecorded',
  statement:
    'A device that Linux takes out of every domain has a stream table entry that says abort: its DMA is aborted, and ' +
    'no event is recorded.',
  force: 'must',
  source: smmuSpec,
  at: '5.2 Stream Table Entry, Config 0b000; Linux: arm-smmu-v3.c, arm_smmu_attach_dev_blocked()',
} as const satisfies Rule

export const smmuAbortUnrecorded = {
  id: 'smmuv3.qemu/abort-unrecorded',
  statement: 'A device whose stream table entry says abort is blocked, and the unit of QEMU records no event.',
  force: 'must',
  source: qemu72,
  at: 'hw/arm/smmuv3.c, smmuv3_translate(), SMMU_TRANS_ABORT',
} as const satisfies Rule

export const smmuCachedForbids = {
  id: 'smmuv3.qemu/fault-after-read',
  statement:
    "A write that a cached entry forbids is recorded by QEMU's unit, as one that a walk finds forbidden is: where " +
    'the context descriptor asks for records.',
  force: 'must',
  source: qemu72,
  at: 'hw/arm/smmuv3.c, smmuv3_translate(), F_PERMISSION at an IOTLB hit',
} as const satisfies Rule

// When Linux's driver invalidates.

export const smmuLeavesAtSync = {
  id: 'smmuv3.invalidation/leaves-at-sync',
  statement:
    'Behind an unmap the driver invalidates leaves alone; a table that the unmap takes out it invalidates at once, ' +
    'before it frees it.',
  force: 'must',
  source: linux72,
  at:
    'drivers/iommu/io-pgtable-arm.c, __arm_lpae_unmap(), io_pgtable_tlb_flush_walk(); arm-smmu-v3.c, ' +
    'arm_smmu_iotlb_sync(), leaf; the same on 6.12',
} as const satisfies Rule

export const smmuDevicesAfterSync = {
  id: 'smmuv3.invalidation/devices-after-sync',
  statement: 'The driver has devices invalidate after the CMD_SYNC of the invalidation of the unit.',
  force: 'must',
  source: linux72,
  at:
    'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_invs_end_batch(); 6.12: arm_smmu_tlb_inv_range_domain(), ' +
    'arm_smmu_atc_inv_domain()',
} as const satisfies Rule

export const smmuAnyAddressOfBlock = {
  id: 'smmuv3.invalidation/any-address-of-block',
  statement:
    'A TLBI of one address drops the entry of a block in which the address lies. One with a level (TTL) need drop ' +
    'entries of that level alone.',
  force: 'must',
  source: smmuSpec,
  at: '4.4 TLB invalidation, note on alignment; 4.4.1.1, TTL',
} as const satisfies Rule

export const smmuLevelHint = {
  id: 'smmuv3.invalidation/level-hint',
  statement: 'Behind an unmap the driver names the level of the leaf, on units with range invalidation.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, ARM_SMMU_FEAT_RANGE_INV, ttl; the same on 6.12',
} as const satisfies Rule
