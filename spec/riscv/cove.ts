import type { Rule } from '../rule.js'
import { riscvCove } from '../sources.js'

// Confidential VMs (TVM) on RISC-V: how the host gives memory to the TEE security manager (TSM), and gets it back. The
// text is a draft, in which `sbi_covh_` stands before the calls of the host.

export const coveConvertThenFence = {
  id: 'riscv.cove/convert-then-fence',
  statement: 'Memory is confidential after convert_pages, a global fence, and a local fence on every hart.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, Converting non-confidential memory to confidential memory',
} as const satisfies Rule

export const coveConvertChangesMpt = {
  id: 'riscv.cove/convert-changes-mpt',
  statement: 'A conversion invalidates the entries of the memory tracking table for the pages, synchronised.',
  force: 'must',
  source: riscvCove,
  at: 'src/swlifecycle.adoc, Page conversion, Conversion Operation',
} as const satisfies Rule

export const coveConvertedIsClosed = {
  id: 'riscv.cove/converted-is-closed',
  statement: 'Converted memory serves nothing else unless it is reclaimed: an access of others is an access fault.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, Converting non-confidential memory to confidential memory',
} as const satisfies Rule

export const coveZeroPages = {
  id: 'riscv.cove/zero-pages',
  statement: 'add_tvm_zero_pages clears converted pages that are not in use, and maps them into the TVM.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, Mapping confidential demand-zero pages and non-confidential shared pages',
} as const satisfies Rule

export const coveShareRemovesFirst = {
  id: 'riscv.cove/share-removes-first',
  statement:
    'Of a populated page that the guest asks to share, the host first has the page invalidated, fenced and removed ' +
    'from the TVM; the vCPU that asked does not run before.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, TVM-defined shared memory regions',
} as const satisfies Rule

export const coveUnshareRemoves = {
  id: 'riscv.cove/unshare-removes',
  statement:
    'What is mapped of a shared region is removed when the guest takes the region back, and pages are confidential ' +
    'from its next faults on.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, COVE Guest Unshare Memory Region (FID #3); COVE Host TVM Invalidate Pages (FID #17)',
} as const satisfies Rule

export const coveSharingLosesContent = {
  id: 'riscv.cove/sharing-loses-content',
  statement: 'To share a page, or to take it back, loses its content.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, TVM-defined shared memory regions',
} as const satisfies Rule

export const coveInvalidatePresent = {
  id: 'riscv.cove/invalidate-present',
  statement: 'tvm_invalidate_pages takes pages that are present in the page table of the TVM.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, COVE Host TVM Invalidate Pages (FID #17)',
} as const satisfies Rule

export const coveInvalidateBlocks = {
  id: 'riscv.cove/invalidate-blocks',
  statement: 'An invalidated page gives no new translation: the TVM faults at it until it is validated or removed.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, COVE Host TVM Invalidate Pages (FID #17)',
} as const satisfies Rule

export const coveFenceByTraps = {
  id: 'riscv.cove/fence-by-traps',
  statement: 'A fence of a TVM is complete once every vCPU that ran before it has trapped into the TSM.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, COVE Host Initiate TVM Fence (FID #16)',
} as const satisfies Rule

export const coveFenceInProgress = {
  id: 'riscv.cove/fence-in-progress',
  statement: 'A second fence of a TVM fails while the first is not complete.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, COVE Host Initiate TVM Fence (FID #16), SBI_ERR_ALREADY_STARTED',
} as const satisfies Rule

export const coveRemoveInvalidated = {
  id: 'riscv.cove/remove-invalidated',
  statement: 'tvm_remove_pages takes pages that are invalidated.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, COVE Host TVM Remove Pages (FID #19)',
} as const satisfies Rule

export const coveRemoveFenced = {
  id: 'riscv.cove/remove-fenced',
  statement: 'tvm_remove_pages takes pages whose invalidation has been fenced.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, COVE Host TVM Remove Pages (FID #19)',
} as const satisfies Rule

export const coveRemoveReturns = {
  id: 'riscv.cove/remove-returns',
  statement: 'A page that is removed belongs to the host again, and stays confidential.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, COVE Host TVM Remove Pages (FID #19); COVE Host Reclaim Pages (FID #2)',
} as const satisfies Rule

export const coveReclaimUnassigned = {
  id: 'riscv.cove/reclaim-unassigned',
  statement: 'reclaim_pages makes confidential pages non-confidential that are assigned to no active TVM.',
  force: 'must',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, COVE Host Reclaim Pages (FID #2)',
} as const satisfies Rule

export const coveReclaimScrubs = {
  id: 'riscv.cove/reclaim-scrubs',
  statement:
    'reclaim_pages clears the pages before they are non-confidential in the memory tracking table; the harts are ' +
    'fenced after that.',
  force: 'must',
  source: riscvCove,
  at: 'src/swlifecycle.adoc, TSM memory reclaim operation; src/sbi_cove.adoc, the figure on reclamation',
} as const satisfies Rule

export const coveValidateReverts = {
  id: 'riscv.cove/validate-reverts',
  statement: 'tvm_validate_pages makes invalidated pages present again.',
  force: 'may',
  source: riscvCove,
  at: 'src/sbi_cove.adoc, COVE Host TVM Validate Pages (FID #18)',
} as const satisfies Rule
