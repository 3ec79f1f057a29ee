import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

export const memslotLimit = {
  id: 'kvm.memslots/limit',
  statement:
    'An address space of a VM has at most 32764 memslots of user space on x86: SHRT_MAX less 3 for KVM itself.',
  force: 'must',
  source: linux72,
  at: 'include/linux/kvm_host.h, KVM_USER_MEM_SLOTS; arch/x86/include/asm/kvm_host.h, KVM_INTERNAL_MEM_SLOTS',
} as const satisfies Rule

export const memslotGmemImmutable = {
  id: 'kvm.memslots/guest-memfd-immutable',
  statement: 'A memslot with a guest_memfd cannot be changed, only deleted: EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_set_memory_region()',
} as const satisfies Rule

export const memslotGmemNoLogNoReadonly = {
  id: 'kvm.memslots/guest-memfd-flags',
  statement: 'A memslot with a guest_memfd takes neither the dirty log nor the read-only flag: EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, check_memory_region_flags()',
} as const satisfies Rule

export const memslotDeleteInvalidates = {
  id: 'kvm.memslots/delete-invalidates',
  statement: 'Deleting a memslot drops all its guest mappings before the slot is freed.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_invalidate_memslot()',
} as const satisfies Rule

export const memslotSwapWaits = {
  id: 'kvm.memslots/swap-waits',
  statement:
    'Changed memslots come into force only while no MMU notifier has an invalidation under way; slots_lock keeps ' +
    'changes of attributes out, and nothing waits for an invalidation of guest_memfd.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_swap_active_memslots(), mn_active_invalidate_count',
} as const satisfies Rule

export const memslotMarkNeedsMemory = {
  id: 'kvm.memslots/mark-needs-memory',
  statement: 'A memslot is deleted or moved by way of a copy that is marked invalid; without memory for it: ENOMEM.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_set_memslot(), kvm_invalidate_memslot()',
} as const satisfies Rule

export const memslotInvalidRetries = {
  id: 'kvm.memslots/invalid-retries',
  statement: 'A fault at a memslot that is marked invalid installs nothing; the vCPU tries again.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/mmu/mmu.c, kvm_mmu_faultin_pfn(), KVM_MEMSLOT_INVALID',
} as const satisfies Rule

export const memslotWaitsForFaults = {
  id: 'kvm.memslots/waits-for-faults',
  statement:
    'Between the mark and the removal of translations, KVM waits for every fault that may have seen the memslot ' +
    'without its mark (SRCU).',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_swap_active_memslots(); arch/x86/kvm/mmu/mmu.c, kvm_unmap_gfn_range()',
} as const satisfies Rule

export const memslotZapThenFlush = {
  id: 'kvm.memslots/zap-then-flush',
  statement:
    'The translations of a memslot of a protected VM, shared and private, are removed and then flushed under ' +
    'mmu_lock, and only then is the slot deleted.',
  force: 'must',
  source: linux72,
  at:
    'arch/x86/kvm/mmu/mmu.c, kvm_arch_flush_shadow_memslot(), kvm_mmu_zap_memslot_pages_and_flush(); a VM of the ' +
    'default type drops all of its roots, KVM_X86_QUIRK_SLOT_ZAP_ALL',
} as const satisfies Rule

export const memslotIsMemory = {
  id: 'kvm.memslots/is-memory',
  statement: 'A page is memory of the guest while a memslot covers it, and not from the deletion of the slot on.',
  force: 'must',
  source: linux72,
  at: 'Documentation/virt/kvm/api.rst, KVM_SET_USER_MEMORY_REGION; virt/kvm/kvm_main.c, kvm_set_memslot()',
} as const satisfies Rule

export const memslotDeleteUnbinds = {
  id: 'kvm.memslots/delete-unbinds',
  statement: 'Deleting a memslot unbinds its guest_memfd, even if that file is being closed.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_unbind()',
} as const satisfies Rule

export const memslotNoOverlap = {
  id: 'kvm.memslots/overlap',
  statement: 'Memslots do not overlap: EEXIST.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_check_memslot_overlap()',
} as const satisfies Rule

export const memslotIgnoresDma = {
  id: 'kvm.memslots/no-dma',
  statement: 'Changing memslots neither asks nor tells VFIO, iommufd or an IOMMU.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_set_memory_region()',
} as const satisfies Rule
