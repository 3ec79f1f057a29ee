import type { Rule } from '../rule.js'
import { core2Gen, core12Gen, linux72, qemu102 } from '../sources.js'

// What is left behind when a DMA is blocked: a record, an overflow, or by rule nothing.

export const vtdBlockedNeverCompletes = {
  id: 'vtd.faults/blocked-never-completes',
  statement: 'A blocked DMA neither writes memory nor returns its contents, whether or not the fault is recorded.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, dmar_fault(); observed: data dropped, reads give nothing',
} as const satisfies Rule

export const vtdFaultRecorded = {
  id: 'vtd.faults/recorded',
  statement:
    'A fault that no other rule suppresses is written, with source, address, kind and reason, to the next free ' +
    'record.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, dmar_fault() reads source, address, type and reason',
} as const satisfies Rule

export const vtdFaultRing = {
  id: 'vtd.faults/ring-of-n',
  statement: 'Faults are recorded in a ring of as many registers as the unit reports, which may be a single one.',
  force: 'must',
  source: core12Gen,
  at: 'CAP_REG, NFR: N + 1 registers',
} as const satisfies Rule

export const vtdFaultOverflow = {
  id: 'vtd.faults/overflow',
  statement: 'A fault that finds the next record still occupied sets the overflow flag and is lost.',
  force: 'must',
  source: qemu102,
  at: 'hw/i386/intel_iommu.c, vtd_report_frcd_fault(), VTD_FSTS_PFO',
} as const satisfies Rule

export const vtdFaultLostWhileOverflow = {
  id: 'vtd.faults/lost-while-overflow',
  statement: 'While the overflow flag is set no fault is recorded at all, even if a record has become free.',
  force: 'must',
  source: qemu102,
  at: 'hw/i386/intel_iommu.c, vtd_report_frcd_fault(), first test',
} as const satisfies Rule

export const vtdFaultCollapse = {
  id: 'vtd.faults/may-collapse',
  statement:
    'While a record of one requester is pending, hardware may fold further faults of that requester into it ' +
    'unrecorded.',
  force: 'may',
  source: core2Gen,
  at: 'FRCDH_REG, F; QEMU 10.2 vtd_try_collapse_fault() always does',
} as const satisfies Rule

export const vtdFaultDisable = {
  id: 'vtd.faults/fpd',
  statement:
    'Where the context or PASID entry sets FPD a qualified fault is not recorded, and the access is blocked all ' +
    'the same.',
  force: 'must',
  source: qemu102,
  at: 'hw/i386/intel_iommu.c, vtd_qualified_faults[], is_fpd_set',
} as const satisfies Rule

export const vtdFaultSoftwareClears = {
  id: 'vtd.faults/software-clears',
  statement:
    'Only software frees a record and clears the overflow flag; Linux walks the ring first and clears the flags ' +
    'last.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, dmar_fault()',
} as const satisfies Rule
