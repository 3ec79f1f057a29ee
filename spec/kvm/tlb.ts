import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

// Flushing the TLBs of vCPUs: entry cleared, flush requested, each vCPU out of the guest.

export const kvmZapIsNotFlush = {
  id: 'kvm.tlb/zap-is-not-flush',
  statement: 'A vCPU may use a cached translation after KVM cleared its entry, until the flush is acknowledged.',
  force: 'may',
  source: linux72,
  at: 'arch/x86/kvm/mmu/tdp_mmu.c, tdp_mmu_zap_leafs(): returns that a flush is due',
} as const satisfies Rule

export const kvmFlushRequest = {
  id: 'kvm.tlb/request-then-kick',
  statement: 'A flush is a request to each vCPU and a kick of those in the guest; it is over when each has left it.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_flush_remote_tlbs(), kvm_make_vcpus_request_mask()',
} as const satisfies Rule

export const kvmFlushOnEntry = {
  id: 'kvm.tlb/flushed-before-entry',
  statement: 'A vCPU drops its translations for a request before it enters the guest again.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/x86.c, vcpu_enter_guest(): KVM_REQ_TLB_FLUSH',
} as const satisfies Rule

export const kvmFlushUnderLock = {
  id: 'kvm.tlb/flush-under-mmu-lock',
  statement: 'KVM does not release the lock of its MMU between a zap and the flush for it.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_handle_gfn_range(); arch/x86/kvm/mmu/tdp_mmu.c, tdp_mmu_iter_cond_resched()',
} as const satisfies Rule

export const kvmFreeAfterFlush = {
  id: 'kvm.tlb/free-after-flush',
  statement: 'A page goes back to the host only after the flush of the translations that led to it.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_punch_hole(); virt/kvm/kvm_main.c, kvm_mmu_notifier_invalidate_range_start()',
} as const satisfies Rule
