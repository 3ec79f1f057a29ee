import type { Rule } from '../rule.js'
import { linux72, linux612 } from '../sources.js'

// What an entry lets a device do, and which reason a refusal carries.

export const vtdWriteNeedsW = {
  id: 'vtd.permissions/write-needs-w',
  statement: 'A DMA write through an entry without W is blocked, with reason 5, or 0x85 in scalable mode.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, reason 5, scalable mode 0x85; observed',
} as const satisfies Rule

export const vtdReadNeedsR = {
  id: 'vtd.permissions/read-needs-r',
  statement: 'A DMA read through an entry without R is blocked, with reason 6, or 0x86 in scalable mode.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, reason 6, scalable mode 0x86; observed',
} as const satisfies Rule

export const vtdNotPresentReason = {
  id: 'vtd.permissions/not-present-reason',
  statement:
    'Not present has no reason of its own: it reports 5 for a write and 6 for a read, or 0x79 in a scalable-' +
    'mode walk.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, reasons 5 and 6, scalable mode 0x79; observed',
} as const satisfies Rule

export const vtdWriteOnlyReadable612 = {
  id: 'vtd.permissions/write-only-readable-6-12',
  statement:
    'Linux 6.12 sets the read bit in every entry that it writes, so a write-only mapping is readable by the ' +
    'device.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/intel/iommu.c, __domain_mapping(), DMA_FL_PTE_PRESENT; observed',
} as const satisfies Rule

export const vtdWriteOnlyExact72 = {
  id: 'vtd.permissions/write-only-exact-7-2',
  statement:
    'Linux 7.2 writes exactly the R and W asked for into a second-stage entry, so a write-only mapping refuses ' +
    'reads.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/fmt/vtdss.h, vtdss_pt_iommu_set_prot(); observed',
} as const satisfies Rule
