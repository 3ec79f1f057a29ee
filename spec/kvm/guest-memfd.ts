import type { Rule } from '../rule.js'
import { linux72, linux612 } from '../sources.js'

export const gmemCreateFlags = {
  id: 'kvm.guest-memfd/create-flags',
  statement: 'KVM_CREATE_GUEST_MEMFD with an unknown flag fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_create()',
} as const satisfies Rule

export const gmemCreateSize = {
  id: 'kvm.guest-memfd/create-size',
  statement: 'KVM_CREATE_GUEST_MEMFD with a size that is not positive or not whole pages fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_create()',
} as const satisfies Rule

export const gmemInitSharedNotForPrivate = {
  id: 'kvm.guest-memfd/init-shared',
  statement: 'A VM that has private memory cannot have a guest_memfd that starts shared.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/x86.c, kvm_arch_supports_gmem_init_shared()',
} as const satisfies Rule

export const gmemAllocateKeepSize = {
  id: 'kvm.guest-memfd/fallocate-mode',
  statement: 'fallocate without KEEP_SIZE, or with a mode besides PUNCH_HOLE, fails with EOPNOTSUPP.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_fallocate()',
} as const satisfies Rule

export const gmemAllocateAligned = {
  id: 'kvm.guest-memfd/fallocate-alignment',
  statement: 'fallocate of a range that is not whole pages fails with EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_fallocate()',
} as const satisfies Rule

export const gmemAllocateInside = {
  id: 'kvm.guest-memfd/fallocate-beyond-end',
  statement:
    'Allocation ahead beyond the size of the file fails with EINVAL, a hole there does not; the size never changes.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_allocate(), kvm_gmem_punch_hole()',
} as const satisfies Rule

export const gmemPunchInvalidatesFirst = {
  id: 'kvm.guest-memfd/punch-order',
  statement: 'A punched hole is first taken out of the guest (secure EPT included), then its pages are freed.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_punch_hole()',
} as const satisfies Rule

export const gmemPunchLocked = {
  id: 'kvm.guest-memfd/punch-lock',
  statement: 'The invalidation and the freeing of a hole happen under one hold of the invalidate lock of the file.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_punch_hole(), filemap_invalidate_lock()',
} as const satisfies Rule

export const gmemPunchIgnoresAttribute = {
  id: 'kvm.guest-memfd/punch-any-time',
  statement: 'A hole may be punched whatever the attribute says; a private page in it is lost to the guest.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_punch_hole()',
} as const satisfies Rule

export const gmemBoundOnce = {
  id: 'kvm.guest-memfd/bind-once',
  statement: 'A page of a guest_memfd that one slot has cannot be bound to another: EEXIST.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_bind()',
} as const satisfies Rule

export const gmemBoundOnce612 = {
  id: 'kvm.guest-memfd/bind-once-6-12',
  statement: 'In 6.12 binding a page of a guest_memfd twice fails with EINVAL instead.',
  force: 'must',
  source: linux612,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_bind()',
} as const satisfies Rule

export const gmemBindChecks = {
  id: 'kvm.guest-memfd/bind-checks',
  statement: 'Binding a closed fd gives EBADF; a foreign file, another VM or a bad offset or size gives EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_bind()',
} as const satisfies Rule

export const gmemUnmovable = {
  id: 'kvm.guest-memfd/unmovable',
  statement: 'The pages of a guest_memfd are neither moved nor evicted, and are single 4 KiB pages.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_migrate_folio(), kvm_gmem_get_folio(), mapping_set_inaccessible()',
} as const satisfies Rule

export const gmemNoHva = {
  id: 'kvm.guest-memfd/no-hva',
  statement: 'A guest_memfd without the MMAP flag cannot be mapped (ENODEV), so no HVA and no GUP reaches it.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_mmap()',
} as const satisfies Rule

export const gmemNoHva612 = {
  id: 'kvm.guest-memfd/no-hva-6-12',
  statement: 'In 6.12 no guest_memfd can be mapped by the host.',
  force: 'must',
  source: linux612,
  at: 'virt/kvm/guest_memfd.c, no mmap operation; observed on 6.12',
} as const satisfies Rule

export const gmemHostFaultPrivate = {
  id: 'kvm.guest-memfd/host-fault',
  statement: 'A host touch of a guest_memfd that did not start shared gives SIGBUS.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_fault_user_mapping()',
} as const satisfies Rule

export const gmemPrivatePageNotZapped = {
  id: 'kvm.guest-memfd/to-shared-keeps-page',
  statement: 'Setting shared unmaps the private page but keeps it in guest_memfd until a hole is punched.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_vm_set_mem_attributes()',
} as const satisfies Rule

export const gmemPunchSucceeds = {
  id: 'kvm.guest-memfd/punch-succeeds',
  statement: 'Punching a hole into whole pages of a guest_memfd always succeeds.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_punch_hole()',
} as const satisfies Rule

export const gmemAllocatePrefix = {
  id: 'kvm.guest-memfd/allocate-prefix',
  statement: 'Allocation ahead stops at a signal (EINTR) or for want of memory, and keeps the pages before.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_allocate()',
} as const satisfies Rule

export const gmemNoTruncate = {
  id: 'kvm.guest-memfd/no-truncate',
  statement: 'A guest_memfd is never truncated or grown: EINVAL.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_setattr()',
} as const satisfies Rule
