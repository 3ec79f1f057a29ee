import type { Rule } from '../rule.js'
import { riscvSmmtt } from '../sources.js'

// The checker of memory protection tables (MPT) between devices and memory. The text is a draft.

export const mptChecksAddress = {
  id: 'riscv.iompt/address-checked',
  statement: 'The I/O MPT checker looks each access of a device up by its physical address in the MPT of its domain.',
  force: 'must',
  source: riscvSmmtt,
  at: 'chapter6.adoc, Placement of I/O MPT Checker',
} as const satisfies Rule

export const mptChecksIommu = {
  id: 'riscv.iompt/iommu-checked',
  statement: 'The accesses of an IOMMU itself are checked as those of a device are.',
  force: 'must',
  source: riscvSmmtt,
  at: 'chapter6.adoc, Placement of I/O MPT Checker, "The IOMMU is itself a DMA-capable device"',
} as const satisfies Rule

export const mptDeniedAborts = {
  id: 'riscv.iompt/denied-aborts',
  statement: 'An access to memory that the MPT disallows is aborted.',
  force: 'must',
  source: riscvSmmtt,
  at: 'chapter6.adoc, Handling I/O MPT Checker violations',
} as const satisfies Rule

export const mptWriteDiscarded = {
  id: 'riscv.iompt/write-discarded',
  statement: 'An aborted write may be discarded without a word: a posted write of PCIe has no response.',
  force: 'may',
  source: riscvSmmtt,
  at: 'chapter6.adoc, Handling I/O MPT Checker violations',
} as const satisfies Rule

export const mptReadCompleted = {
  id: 'riscv.iompt/read-completed',
  statement: 'An aborted read may be completed with data that the implementation chooses.',
  force: 'may',
  source: riscvSmmtt,
  at: 'chapter6.adoc, Handling I/O MPT Checker violations',
} as const satisfies Rule

export const mptOldEntryUsable = {
  id: 'riscv.iompt/old-entry-usable',
  statement:
    'The checker may use what was valid in the MPT at any time since the last MPTINVAL that covers the address.',
  force: 'may',
  source: riscvSmmtt,
  at: 'chapter6.adoc, MPT Permission Cache Invalidation - MPTINVAL, note',
} as const satisfies Rule

export const mptInvalSynchronises = {
  id: 'riscv.iompt/mptinval-synchronises',
  statement:
    'Software that changes an entry of the MPT uses MPTINVAL, so that the checkers use no copy of the old one.',
  force: 'must',
  source: riscvSmmtt,
  at: 'chapter6.adoc, Placement of I/O MPT Checker, rules for updates of an entry',
} as const satisfies Rule

export const mptAtsRange = {
  id: 'riscv.iompt/ats-range',
  statement:
    'An answer to ATS with a supervisor physical address needs the whole range that it covers; one with an address ' +
    'of the guest is not checked. A translated request is checked in each case.',
  force: 'must',
  source: riscvSmmtt,
  at: 'chapter6.adoc, Treatment of Device-Side Address Translation Caches',
} as const satisfies Rule

export const mptTeeAssociated = {
  id: 'riscv.iompt/tee-associated',
  statement: 'A transaction that is TEE-associated is aborted while the checker is off or passes all.',
  force: 'must',
  source: riscvSmmtt,
  at: 'chapter6.adoc, Handling I/O MPT Checker violations',
} as const satisfies Rule

export const mptFenceCommits = {
  id: 'riscv.iompt/iofence-commits',
  statement:
    'IOFENCE of the checker is complete when the accesses that it has let through are visible. Of MPTINVAL the text ' +
    'does not say that it waits for them.',
  force: 'must',
  source: riscvSmmtt,
  at: 'chapter6.adoc, I/O Fence Operation - IOFENCE; MPT Permission Cache Invalidation - MPTINVAL',
} as const satisfies Rule
