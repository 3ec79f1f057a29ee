import type { Rule } from '../rule.js'
import { linux612, qemu72 } from '../sources.js'

// The tables of Arm's SMMUv3 as Linux fills them for VFIO and iommufd, those of stage 1, and QEMU's unit.

export const smmuWriteReadable = {
  id: 'smmuv3.tables/write-only-readable',
  statement: 'An entry of stage 1 has a bit against writes and none against reads: a write-only mapping is readable.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/io-pgtable-arm.c, arm_lpae_prot_to_pte(), ARM_LPAE_PTE_AP_RDONLY; the same on 7.2',
} as const satisfies Rule

export const smmuSplits612 = {
  id: 'smmuv3.tables/part-splits-6-12',
  statement: 'An unmap of Linux 6.12 that meets a part of a block puts a table with the rest of it in its place.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/io-pgtable-arm.c, arm_lpae_split_blk_unmap()',
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
  statement: "A write that a cached entry forbids is recorded by QEMU's unit, as one that a walk finds forbidden is.",
  force: 'must',
  source: qemu72,
  at: 'hw/arm/smmuv3.c, smmuv3_translate(), F_PERMISSION at an IOTLB hit',
} as const satisfies Rule
