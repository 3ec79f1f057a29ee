import type { Rule } from '../rule.js'
import { tdxModule15 } from '../sources.js'

export const augFromFree = {
  id: 'tdx.page-aug/entry-free',
  statement:
    'PAGE.AUG needs an entry that is free, removed by an import, or removed after an export that does not block, ' +
    'else TDX_EPT_ENTRY_STATE_INCORRECT.',
  force: 'must',
  source: tdxModule15,
  at:
    'src/vmm_dispatcher/api_calls/tdh_mem_page_aug.c, sept_state_is_seamcall_leaf_allowed(); ' +
    'include/auto_gen_1_5/sept_state_lookup.c, leaf 6',
} as const satisfies Rule

export const augMakesPending = {
  id: 'tdx.page-aug/becomes-pending',
  statement: 'PAGE.AUG leaves the entry pending and gives the guest no access yet.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_page_aug.c, ALL_CHECKS_PASSED',
} as const satisfies Rule

export const addFromFree = {
  id: 'tdx.page-add/entry-free',
  statement: 'PAGE.ADD needs a free entry, else TDX_EPT_ENTRY_STATE_INCORRECT.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_page_add.c, sept_state_is_seamcall_leaf_allowed()',
} as const satisfies Rule

export const addMakesMapped = {
  id: 'tdx.page-add/becomes-mapped',
  statement:
    'PAGE.ADD copies the initial content, measures the GPA and leaves the entry mapped, before the TD can run.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_page_add.c, sept_set_leaf_unlocked_entry()',
} as const satisfies Rule

export const septAddFromFree = {
  id: 'tdx.sept-add/entry-free',
  statement: 'SEPT.ADD puts a table under a free entry, else TDX_EPT_ENTRY_STATE_INCORRECT unless existing is allowed.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_sept_add.c, process_l1_page()',
} as const satisfies Rule

export const septRemoveBlockedTracked = {
  id: 'tdx.sept-remove/blocked-and-tracked',
  statement:
    'SEPT.REMOVE frees a table that is blocked, tracked (of IOMMUs as well, with TDX Connect) and has only entries ' +
    'that are free or removed; 1.5.01 took no removed ones. Before the TD can run, no block is needed.',
  force: 'must',
  source: tdxModule15,
  at:
    'src/vmm_dispatcher/api_calls/tdh_mem_sept_remove.c, is_tlb_tracked(), sept_state_is_free_or_removed(); ' +
    'is_tlb_and_iotlb_tracked() in 2.0.18',
} as const satisfies Rule

export const walkNeedsTable = {
  id: 'tdx.secure-ept/walk-failed',
  statement: 'A call on a GPA whose table is missing at the asked level fails with TDX_EPT_WALK_FAILED.',
  force: 'must',
  source: tdxModule15,
  at: 'src/common/helpers/helpers.c, lock_sept_check_and_walk_internal()',
} as const satisfies Rule

export const blockStates = {
  id: 'tdx.range-block/states',
  statement: 'RANGE.BLOCK turns mapped into blocked, pending into pending-blocked, and a table entry likewise.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_range_block.c, block_sept_entry()',
} as const satisfies Rule

export const blockAlreadyBlocked = {
  id: 'tdx.range-block/already-blocked',
  statement: 'RANGE.BLOCK of a blocked entry changes nothing and tells so by TDX_GPA_RANGE_ALREADY_BLOCKED.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_range_block.c, sept_state_is_any_blocked()',
} as const satisfies Rule

export const blockWrongState = {
  id: 'tdx.range-block/wrong-state',
  statement: 'RANGE.BLOCK of a free entry fails with TDX_EPT_ENTRY_STATE_INCORRECT.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_range_block.c, sept_state_is_seamcall_leaf_allowed()',
} as const satisfies Rule

export const blockRecordsEpoch = {
  id: 'tdx.range-block/records-epoch',
  statement: 'RANGE.BLOCK writes the current TLB epoch into the metadata of the frame.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_range_block.c, bepoch',
} as const satisfies Rule

export const blockStopsNewTranslations = {
  id: 'tdx.range-block/no-new-translation',
  statement: 'After RANGE.BLOCK no vCPU can load a new translation, but one that it has already stays usable.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_range_block.c, block_sept_entry()',
} as const satisfies Rule

export const unblockState = {
  id: 'tdx.range-unblock/state',
  statement: 'RANGE.UNBLOCK needs a blocked entry, else TDX_EPT_ENTRY_STATE_INCORRECT.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_range_unblock.c, sept_state_is_seamcall_leaf_allowed()',
} as const satisfies Rule

export const unblockNeedsTracking = {
  id: 'tdx.range-unblock/needs-tracking',
  statement:
    'RANGE.UNBLOCK before tracking is complete fails as PAGE.REMOVE does: of vCPUs, and with TDX Connect of IOMMUs.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_range_unblock.c, is_tlb_tracked()',
} as const satisfies Rule

export const septOperandBusy = {
  id: 'tdx.secure-ept/operand-busy',
  statement: 'A call may fail with TDX_OPERAND_BUSY and no effect while another holds the entry or the tree.',
  force: 'may',
  source: tdxModule15,
  at: 'src/common/helpers/tdx_locks.h, sept_lock_acquire_host()',
} as const satisfies Rule

export const septExportPaused = {
  id: 'tdx.secure-ept/export-paused',
  statement:
    'Where exports do not block, no entry changes while an export is paused: RANGE.BLOCK fails with ' +
    'TDX_BLOCKING_DISALLOWED, the other calls with TDX_OP_STATE_INCORRECT.',
  force: 'must',
  source: tdxModule15,
  at:
    'is_non_blocking_export_configured(), OP_STATE_PAUSED_EXPORT in tdh_mem_range_block.c, tdh_mem_page_remove.c, ' +
    'tdh_mem_page_aug.c, tdh_mem_range_unblock.c, tdh_mem_sept_add.c and tdh_mem_sept_remove.c; not in 1.5.01',
} as const satisfies Rule
