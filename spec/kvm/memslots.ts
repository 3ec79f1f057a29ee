import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

export const memslotLimit = {
  id: 'kvm.memslots/limit',
  statement: 'A VM has at most 32764 memslots of user space: SHRT_MAX less 3 for KVM itself.',
  force: 'must',
  source: linux72,
  at: 'include/linux/kvm_host.h, KVM_USER_MEM_SLOTS',
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
