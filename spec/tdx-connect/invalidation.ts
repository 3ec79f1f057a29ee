import type { Rule } from '../rule.js'
import { tdxModule20 } from '../sources.js'

export const trackCountsIommus = {
  id: 'tdx.track/counts-iommus',
  statement: 'With a TRACK every IOMMU that has an accepted entry of the TD comes to owe an invalidation of its IOTLB.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_track.c, prev_iotlb_cnt = curr_iotlb_cnt',
} as const satisfies Rule

export const trackWaitsForIommus = {
  id: 'tdx.track/iotlb-busy',
  statement: 'TRACK fails with TDX_IOMMU_IOTLB_TRACKING_NOT_DONE while an IOMMU owes the invalidation of the last one.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_track.c, prev_iotlb_cnt',
} as const satisfies Rule

export const removeWaitsForIommus = {
  id: 'tdx.page-remove/needs-iotlb-tracking',
  statement:
    'PAGE.REMOVE of a page that was blocked in the last epoch fails with TDX_IOMMU_IOTLB_TRACKING_NOT_DONE while an ' +
    'IOMMU owes the invalidation of that epoch.',
  force: 'must',
  source: tdxModule20,
  at: 'src/common/helpers/helpers.h, is_iotlb_tracked(); tdh_mem_page_remove.c, is_tlb_and_iotlb_tracked()',
} as const satisfies Rule

export const iqRequestNeeded = {
  id: 'tdx.iq-request/not-required',
  statement:
    'IQ.INV.REQUEST for the IOTLB of a TD fails with TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED unless the epoch has ' +
    'moved since the last one, and an entry behind the IOMMU leads to the TD.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_iq_inv_request.c, inv_epoch, pasidte_ref_cnt',
} as const satisfies Rule

export const iqRequestOnce = {
  id: 'tdx.iq-request/under-way',
  statement:
    'IQ.INV.REQUEST for the IOTLB of a TD fails with TDX_IOMMU_IOTLB_TRACKING_NOT_DONE while one is under way there.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_iq_inv_request.c, inv_req',
} as const satisfies Rule

export const iqRequestDrains = {
  id: 'tdx.iq-request/drains',
  statement:
    'IQ.INV.REQUEST queues an invalidation of all that the IOMMU has cached of the TD, both halves, with a drain of ' +
    'reads and writes, and a fenced wait.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_iq_inv_request.c, IOTLB_G_DOMAIN_SELECTIVE',
} as const satisfies Rule

export const iqRequestEntryBlocked = {
  id: 'tdx.iq-request/entry-blocked',
  statement: 'IQ.INV.REQUEST for an entry that is not blocked fails with TDX_DMAR_INVALID_MAPPING_STATE.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_iq_inv_request.c, DMAR_BLOCKED',
} as const satisfies Rule

export const iqRequestEntryPending = {
  id: 'tdx.iq-request/entry-pending',
  statement:
    'IQ.INV.REQUEST for a blocked entry whose invalidation is queued or done fails with TDX_DMAR_INVALID_INV_STATE.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_iq_inv_request.c, DMAR_INV_PENDING',
} as const satisfies Rule

export const iqProcessBehindHead = {
  id: 'tdx.iq-process/behind-head',
  statement:
    'IQ.INV.PROCESS takes account of the requests that the head of the queue has passed, and of no others: the IOMMU ' +
    'then owes nothing of the last epoch, and an entry is invalidated.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_iq_inv_process.c, iq_sw_head_idx',
} as const satisfies Rule

export const iqProcessInterrupted = {
  id: 'tdx.iq-process/interruptible',
  statement: 'IQ.INV.PROCESS may stop at an interrupt between two requests (TDX_INTERRUPTED_RESUMABLE).',
  force: 'may',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_iq_inv_process.c, is_interrupt_pending_host_side()',
} as const satisfies Rule

export const iqQueueFull = {
  id: 'tdx.iq-request/queue-full',
  statement: 'IQ.INV.REQUEST fails with TDX_IOMMU_IQ_FULL where the queue has no room for its descriptors.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_iq_inv_request.c, iq_free_cnt; TDX_IOMMU_IQ_QUEUE_FULL in 2.0.02',
} as const satisfies Rule

export const guestStatusDropped = {
  id: 'tdx.guest-request/status-dropped',
  statement: 'The answer to an invalidation that the guest asked for is not written if its page is not mapped by then.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_iq_inv_process.c, emulate_wait_complete()',
} as const satisfies Rule

export const iqBusy = {
  id: 'tdx.iq-request/operand-busy',
  statement:
    'IQ.INV.REQUEST, IQ.INV.PROCESS and the calls on entries of a device may fail with TDX_OPERAND_BUSY while ' +
    'another holds the IOMMU, the entry, or the epoch of the TD.',
  force: 'may',
  source: tdxModule20,
  at:
    'src/vmm_dispatcher/api_calls/tdxio/tdh_iq_inv_request.c and tdh_iq_inv_process.c, epoch_lock, ' +
    'tdh_check_and_lock_iommu_config(); src/common/tdxio/dmar.c, dmar_walk()',
} as const satisfies Rule
