import type { Rule } from '../rule.js'
import { linux72, tdxModule15 } from '../sources.js'

export const trackEpochBusy = {
  id: 'tdx.track/previous-epoch-busy',
  statement:
    'TRACK fails with TDX_PREVIOUS_TLB_EPOCH_BUSY while a vCPU of the epoch before the current one still runs.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_track.c, refcount',
} as const satisfies Rule

export const trackAdvancesEpoch = {
  id: 'tdx.track/advances-epoch',
  statement: 'TRACK starts a new epoch; it waits for no vCPU and flushes nothing itself.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_track.c, td_epoch',
} as const satisfies Rule

export const trackLockBusy = {
  id: 'tdx.track/operand-busy',
  statement:
    'TRACK may fail with TDX_OPERAND_BUSY while a vCPU enters, another TRACK runs, or, with TDX Connect, an entry of ' +
    'a device is accepted or removed, or an invalidation is asked for or taken account of.',
  force: 'may',
  source: tdxModule15,
  at:
    'src/vmm_dispatcher/api_calls/tdh_mem_track.c, acquire_sharex_lock_ex(); epoch_lock in helpers.c, ' +
    'tdg_dmar_accept.c, dmar.c, tdh_iq_inv_request.c and tdh_iq_inv_process.c',
} as const satisfies Rule

export const vcpuJoinsEpoch = {
  id: 'tdx.epoch/join-at-entry',
  statement: 'A vCPU that enters joins the current epoch, and drops its translations if its last epoch was another.',
  force: 'must',
  source: tdxModule15,
  at: 'src/common/helpers/helpers.c, adjust_tlb_tracking_state()',
} as const satisfies Rule

export const vcpuLeavesEpoch = {
  id: 'tdx.epoch/leave-at-exit',
  statement:
    'A vCPU that exits leaves the epoch that it joined at entry, unless a machine check has just ended its TD.',
  force: 'must',
  source: tdxModule15,
  at: 'src/td_transitions/td_exit.c, td_vmexit_to_vmm(), is_td_dead',
} as const satisfies Rule

export const trackedMeaning = {
  id: 'tdx.epoch/tracked',
  statement: 'A block is tracked two epochs later, or one epoch later once no vCPU of its own epoch runs.',
  force: 'must',
  source: tdxModule15,
  at: 'src/common/helpers/helpers.h, is_tlb_tracked()',
} as const satisfies Rule

export const removeNeedsLeaf = {
  id: 'tdx.page-remove/entry-state',
  statement: 'PAGE.REMOVE of an entry that maps no page fails with TDX_EPT_ENTRY_STATE_INCORRECT.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_page_remove.c, sept_state_is_seamcall_leaf_allowed()',
} as const satisfies Rule

export const blockBeforeRemove = {
  id: 'tdx.page-remove/needs-block',
  statement: 'PAGE.REMOVE of a page that is not blocked fails with TDX_GPA_RANGE_NOT_BLOCKED once the TD can run.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_page_remove.c, sept_state_is_any_blocked()',
} as const satisfies Rule

export const trackBeforeRemove = {
  id: 'tdx.page-remove/needs-tracking',
  statement: 'PAGE.REMOVE before tracking of the block is complete fails with TDX_TLB_TRACKING_NOT_DONE.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_page_remove.c, is_tlb_tracked()',
} as const satisfies Rule

export const removeFreesEntryAndFrame = {
  id: 'tdx.page-remove/frees',
  statement:
    'PAGE.REMOVE leaves the entry free, or removed while the TD migrates, and the frame with type NDA, owned by no TD.',
  force: 'must',
  source: tdxModule15,
  at:
    'src/vmm_dispatcher/api_calls/tdh_mem_page_remove.c, ALL_CHECKS_PASSED, ' +
    'septe_set_free_or_removed_and_release_locks()',
} as const satisfies Rule

export const wbinvdNeedsNda = {
  id: 'tdx.wbinvd/needs-nda',
  statement: 'PHYMEM.PAGE.WBINVD is refused for a frame that a TD still owns (TDX_PAGE_METADATA_INCORRECT).',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_phymem_page_wbinvd.c, PT_NDA',
} as const satisfies Rule

export const wbinvdBeforeReuse = {
  id: 'tdx.wbinvd/before-reuse',
  statement: 'A removed frame is written back and invalidated under the key id of the TD before the host reuses it.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_sept_remove_leaf_spte()',
} as const satisfies Rule

export const reclaimAtTeardown = {
  id: 'tdx.reclaim/teardown-only',
  statement: 'PHYMEM.PAGE.RECLAIM takes a page only from a TD that is torn down, else TDX_LIFECYCLE_STATE_INCORRECT.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_phymem_page_reclaim.c, TD_TEARDOWN',
} as const satisfies Rule

export const reclaimNeedsOwned = {
  id: 'tdx.reclaim/owned',
  statement:
    'PHYMEM.PAGE.RECLAIM of a frame that is free or reserved fails with TDX_PAGE_METADATA_INCORRECT. A table of an ' +
    'IOMMU (TDX Connect), which no TD owns, is taken once that IOMMU is set up anew, else TDX_IOMMU_MT_PAGE_IN_USE.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_phymem_page_reclaim.c, PT_NDA; PT_IOMMU_MT in 2.0.08 (1666adc494db)',
} as const satisfies Rule

export const reclaimTdrLast = {
  id: 'tdx.reclaim/tdr-last',
  statement: 'The root page of a TD is reclaimed last, else TDX_TD_ASSOCIATED_PAGES_EXIST.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_phymem_page_reclaim.c, chldcnt',
} as const satisfies Rule

export const removalIgnoresIommu = {
  id: 'tdx.page-remove/no-iommu',
  statement:
    'Block, track and remove look at no table and no cache by which the host translates DMA: of devices that the TD ' +
    'does not trust the IOMMU is neither asked nor told.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_range_block.c, tdh_mem_track.c, tdh_mem_page_remove.c',
} as const satisfies Rule
