import type { Rule } from '../rule.js'
import { linux72, tdxModule15 } from '../sources.js'

export const acceptZeroesPending = {
  id: 'tdx.page-accept/pending-to-mapped',
  statement: 'ACCEPT of a pending page fills it with zeros under the key of the TD and makes it mapped.',
  force: 'must',
  source: tdxModule15,
  at: 'src/td_dispatcher/vm_exits/tdg_mem_page_accept.c, init_sept_4k_page()',
} as const satisfies Rule

export const acceptAlreadyAccepted = {
  id: 'tdx.page-accept/already-accepted',
  statement: 'ACCEPT of a mapped page changes nothing and tells so by TDX_PAGE_ALREADY_ACCEPTED.',
  force: 'must',
  source: tdxModule15,
  at: 'src/td_dispatcher/vm_exits/tdg_mem_page_accept.c, TDACCEPT_ALREADY_ACCEPTED',
} as const satisfies Rule

export const acceptSizeMismatch = {
  id: 'tdx.page-accept/size-mismatch',
  statement: 'ACCEPT of 2 MiB where a table of small entries stands fails with TDX_PAGE_SIZE_MISMATCH.',
  force: 'must',
  source: tdxModule15,
  at: 'src/td_dispatcher/vm_exits/tdg_mem_page_accept.c, TDACCEPT_SIZE_MISMATCH',
} as const satisfies Rule

export const acceptViolation = {
  id: 'tdx.page-accept/violation',
  statement: 'ACCEPT of an entry that is free or blocked exits to the host as an EPT violation.',
  force: 'must',
  source: tdxModule15,
  at:
    'src/td_dispatcher/vm_exits/tdg_mem_page_accept.c, TDACCEPT_VIOLATION; of a removed entry since ' +
    'sept_state_is_free_or_removed() is asked, which 1.5.01 does not',
} as const satisfies Rule

export const acceptInterrupted = {
  id: 'tdx.page-accept/interruptible',
  statement: 'ACCEPT of 2 MiB may stop at an interrupt and resume later where it stopped.',
  force: 'may',
  source: tdxModule15,
  at: 'src/td_dispatcher/vm_exits/tdg_mem_page_accept.c, is_interrupt_pending_guest_side()',
} as const satisfies Rule

export const acceptBusy = {
  id: 'tdx.page-accept/operand-busy',
  statement:
    'ACCEPT may fail with TDX_OPERAND_BUSY while the host works on the entry, and with ' +
    'TDX_OPERAND_BUSY_HOST_PRIORITY once the host was turned away there.',
  force: 'may',
  source: tdxModule15,
  at: 'src/td_dispatcher/vm_exits/tdg_mem_page_accept.c, sept_lock_acquire_guest()',
} as const satisfies Rule

export const useNeedsAccept = {
  id: 'tdx.page-accept/before-use',
  statement: 'A guest that touches a private page before it accepted the page exits, and KVM gives the VM up with EIO.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_is_sept_violation_unexpected_pending()',
} as const satisfies Rule
