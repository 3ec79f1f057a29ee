import type { Rule } from '../rule.js'
import { acrn, core14Gen, linux72 } from '../sources.js'

// Invalidations that a unit refuses, or a device does not answer, and what software makes of it.

export const vtdQueueError = {
  id: 'vtd.invalidation/queue-error',
  statement:
    'A unit that finds an error at the head of its queue sets IQE, and fetches no descriptor until software has ' +
    'cleared it.',
  force: 'may',
  source: core14Gen,
  at: 'IQERCD_REG, IQEI; Linux 6.12.117 and 7.2.13 drivers/iommu/intel/dmar.c, qi_check_fault(), IQE',
} as const satisfies Rule

export const vtdQueueErrorWaits = {
  id: 'vtd.invalidation/queue-error-waits',
  statement:
    'At a queue error of the first descriptor of a batch Linux puts the wait descriptor in its place, and ends its ' +
    'own wait with EINVAL; the rest of the batch is done later, and that wait writes its status word later.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, qi_check_fault(), IQE; 6.12.117 the same',
} as const satisfies Rule

export const vtdQueueErrorLater = {
  id: 'vtd.invalidation/queue-error-later',
  statement:
    'At a queue error of a later descriptor of a batch Linux clears nothing: the queue stands still, and no wait for ' +
    'it ends.',
  force: 'must',
  source: linux72,
  at:
    'drivers/iommu/intel/dmar.c, qi_check_fault(): IQE is cleared where the head is at index, which is that of the ' +
    'first descriptor; 6.12.117 the same (own reading)',
} as const satisfies Rule

export const vtdResultIgnored = {
  id: 'vtd.invalidation/result-ignored',
  statement: 'What flushes the caches of a domain does not look at whether its batch was done.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/cache.c, qi_batch_flush_descs(); 6.12.117 the same',
} as const satisfies Rule

export const vtdTimeOut = {
  id: 'vtd.invalidation/time-out',
  statement:
    'If a device does not answer an invalidation of its TLB in time, the unit sets ITE, and every wait that is ' +
    'pending is aborted: its status word is not written.',
  force: 'may',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, qi_check_fault(), ITE; 14th Generation Core, IQERCD_REG, ITESID',
} as const satisfies Rule

export const vtdTimeOutRestarts = {
  id: 'vtd.invalidation/time-out-restarts',
  statement:
    'A thread whose wait was aborted queues its whole batch again, as often as needed, while the device is there.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, qi_submit_sync(), restart: after EAGAIN; 6.12.117 the same',
} as const satisfies Rule

export const vtdStatusWritten = {
  id: 'vtd.invalidation/status-word',
  statement: 'A batch is done when the unit has written the status word of its own wait descriptor, and not before.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/intel/dmar.c, qi_submit_sync(): desc_status[wait_index]',
} as const satisfies Rule

export const acrnStatusWord = {
  id: 'vtd.invalidation/one-status-word',
  statement:
    'ACRN waits for a word on its stack and gives up after a millisecond, so that a late completion may write the ' +
    'word of a later batch.',
  force: 'must',
  source: acrn,
  at: 'hypervisor/arch/x86/vtd.c, dmar_issue_qi_request(), qi_status',
} as const satisfies Rule
