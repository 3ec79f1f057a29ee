import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

// What the hypervisor says of each page for the host, and who may use it.

export const pkvmHostState = {
  id: 'pkvm.host/page-state',
  statement:
    'The hypervisor keeps for each page whether the host owns it, owns and shares it, borrows it, or has no page.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/include/nvhe/memory.h, enum pkvm_page_state',
} as const satisfies Rule

export const pkvmHostIdentity = {
  id: 'pkvm.host/identity-map',
  statement:
    'The stage 2 of the host maps what the host may use to itself; an entry of another owner is invalid, and names it.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, host_stage2_set_owner_metadata_locked()',
} as const satisfies Rule

export const pkvmStateAfterUnmap = {
  id: 'pkvm.host/state-after-unmap',
  statement: 'The stage 2 of the host loses a page before the state of the page says so.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, host_stage2_set_owner_metadata_locked()',
} as const satisfies Rule

export const pkvmUserAccess = {
  id: 'pkvm.host/user-access-signalled',
  statement: 'An access of user space to a page of the guest that is not shared ends in SIGSEGV.',
  force: 'must',
  source: linux72,
  at: 'Documentation/virt/kvm/arm/pkvm.rst, CPU memory isolation; arch/arm64/mm/fault.c, do_page_fault()',
} as const satisfies Rule

export const pkvmForceReclaim = {
  id: 'pkvm.host/force-reclaim',
  statement: 'A system call that touches such a page fails, or takes the page from the guest: it is cleared first.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, __pkvm_host_force_reclaim_page_guest()',
} as const satisfies Rule

export const pkvmSlotsStay = {
  id: 'pkvm.host/slots-stay',
  statement: 'No memory slot is deleted or moved once a protected guest has run.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/mmu.c, kvm_arch_prepare_memory_region()',
} as const satisfies Rule

export const pkvmReclaimAtEnd = {
  id: 'pkvm.host/reclaim-at-end',
  statement:
    'The host gets the pages of a guest back when the guest is torn down: a page that is not shared is cleared first.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/, __pkvm_reclaim_dying_guest_page(), __pkvm_host_reclaim_page_guest()',
} as const satisfies Rule

export const pkvmBlockRebuilt = {
  id: 'pkvm.host/block-rebuilt',
  statement: 'A change of one page under a block of the host removes the block; the host faults the rest in again.',
  force: 'must',
  source: linux72,
  at: 'arch/arm64/kvm/hyp/nvhe/mem_protect.c, host_stage2_force_pte_cb(), comment',
} as const satisfies Rule
