import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

export const faultSnapshotsSequence = {
  id: 'kvm.fault/snapshot',
  statement: 'A fault notes the invalidation sequence before it looks up the page.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/mmu/mmu.c, kvm_mmu_faultin_pfn()',
} as const satisfies Rule

export const faultRetriesInProgress = {
  id: 'kvm.fault/retry-in-progress',
  statement: 'A fault does not install while an invalidation whose interval has its gfn is under way; it is repeated.',
  force: 'must',
  source: linux72,
  at: 'include/linux/kvm_host.h, mmu_invalidate_retry_gfn()',
} as const satisfies Rule

export const faultRetriesSequence = {
  id: 'kvm.fault/retry-sequence',
  statement: 'A fault does not install if an invalidation ended since its snapshot; it is repeated.',
  force: 'must',
  source: linux72,
  at: 'include/linux/kvm_host.h, mmu_invalidate_retry_gfn()',
} as const satisfies Rule

export const invalidationsWiden = {
  id: 'kvm.fault/interval-widens',
  statement: 'Several invalidations share one interval that covers them all, so a fault may be repeated for nothing.',
  force: 'may',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_mmu_invalidate_range_add()',
} as const satisfies Rule

export const invalidationEndOrder = {
  id: 'kvm.fault/end-order',
  statement: 'The end of an invalidation raises the sequence before it lowers the count of those under way.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_mmu_invalidate_end()',
} as const satisfies Rule

export const invalidationIsEnded = {
  id: 'kvm.fault/invalidation-ends',
  statement: 'The caller that begins an invalidation ends it; until then every fault inside its interval is repeated.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_mmu_invalidate_start(), kvm_mmu_invalidate_end(), mmu_invalidate_in_progress',
} as const satisfies Rule

export const faultInstallUnderMmuLock = {
  id: 'kvm.fault/mmu-lock',
  statement: 'The last check and the install of a fault happen under one hold of mmu_lock.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/mmu/mmu.c, kvm_tdp_mmu_page_fault()',
} as const satisfies Rule

export const faultSenseDisagrees = {
  id: 'kvm.fault/memory-fault',
  statement:
    'An access whose sense is not the attribute of its page exits with MEMORY_FAULT and EFAULT; nothing is mapped.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/mmu/mmu.c, kvm_mmu_faultin_pfn(), kvm_mmu_prepare_memory_fault_exit()',
} as const satisfies Rule

export const faultSenseByGpa = {
  id: 'kvm.fault/sense-by-gpa',
  statement: 'For a TD the sense of an access is the SHARED bit of its GPA.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_handle_ept_violation()',
} as const satisfies Rule

export const faultPrivateNeedsGuestMemfd = {
  id: 'kvm.fault/private-needs-guest-memfd',
  statement: 'A private access where no guest_memfd is bound exits with MEMORY_FAULT and EFAULT.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/mmu/mmu.c, kvm_mmu_faultin_pfn_gmem(); observed on 7.2',
} as const satisfies Rule

export const faultPrivateByAug = {
  id: 'kvm.fault/private-by-aug',
  statement: 'A private fault of a TD that can run installs its page by PAGE.AUG.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_sept_map_leaf_spte(), tdx_mem_page_aug()',
} as const satisfies Rule

export const faultAugBusy = {
  id: 'kvm.fault/aug-busy',
  statement: 'If PAGE.AUG is busy nothing is installed and the fault is repeated.',
  force: 'may',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_mem_page_aug()',
} as const satisfies Rule

export const faultSharedByHva = {
  id: 'kvm.fault/shared-by-hva',
  statement: 'A shared fault takes the page behind the HVA of the gfn, and allocates it if there is none.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, hva_to_pfn()',
} as const satisfies Rule

export const faultAllocatesPrivate = {
  id: 'kvm.fault/allocates-private',
  statement: 'A private fault allocates the page in guest_memfd if there is none.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_get_pfn()',
} as const satisfies Rule

export const memoryFaultSize = {
  id: 'kvm.fault/memory-fault-size',
  statement: 'A memory fault names one page and its side, and the vCPU repeats the access when it is run again.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/mmu/mmu.c, kvm_mmu_prepare_memory_fault_exit(); Documentation/virt/kvm/api.rst',
} as const satisfies Rule

export const faultLeavesDeletedSlot = {
  id: 'kvm.fault/leaves-deleted-slot',
  statement:
    "KVM's own retry of a TD's fault ends when the memory slot is being deleted, which waits for the fault to end.",
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_handle_ept_violation(): KVM_MEMSLOT_INVALID',
} as const satisfies Rule
