import type { Rule } from '../rule.js'
import { qemu72, qemu102 } from '../sources.js'

// Where QEMU's unit behaves in one way of several, or in a way of its own.

export const qemuFaultAfterRead = {
  id: 'vtd.qemu/fault-after-read',
  statement:
    'An access that an entry forbids is blocked without a fault record in QEMU when the entry already sits in its ' +
    'IOTLB, after an access that it allows.',
  force: 'must',
  source: qemu72,
  at: 'hw/i386/intel_iommu.c, vtd_do_iommu_translate(), IOTLB hit; observed',
} as const satisfies Rule

export const qemuDmaSynchronous = {
  id: 'vtd.qemu/dma-is-synchronous',
  statement: 'QEMU translates and performs a DMA in one go, so nothing is in flight when an invalidation completes.',
  force: 'must',
  source: qemu102,
  at: 'hw/i386/intel_iommu.c, vtd_iommu_translate() within the access',
} as const satisfies Rule

export const qemuPsiContainment = {
  id: 'vtd.qemu/psi-containment',
  statement: 'A page-selective invalidation in QEMU also drops a cached superpage that contains the flushed address.',
  force: 'must',
  source: qemu102,
  at: 'hw/i386/intel_iommu.c, vtd_hash_remove_by_page()',
} as const satisfies Rule

export const qemuOneRecord = {
  id: 'vtd.qemu/one-record',
  statement:
    "QEMU's unit has one fault record, folds further faults of the same requester into it, and traces every one.",
  force: 'must',
  source: qemu102,
  at: 'hw/i386/intel_iommu.c, DMAR_FRCD_REG_NR, vtd_try_collapse_fault()',
} as const satisfies Rule
