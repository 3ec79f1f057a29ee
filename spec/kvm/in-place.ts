import type { Rule } from '../rule.js'
import { inPlaceSeries, inPlaceSeriesV8, linux72, linux612, thread2026 } from '../sources.js'

export const inPlaceAttributeInFile = {
  id: 'kvm.in-place/attribute-in-file',
  statement: 'In place, guest_memfd itself keeps the attribute, set by an ioctl on the file at an offset.',
  force: 'must',
  source: inPlaceSeries,
  at: 'KVM_SET_MEMORY_ATTRIBUTES2, API documentation',
} as const satisfies Rule

export const inPlaceSameFrame = {
  id: 'kvm.in-place/same-frame',
  statement: 'In place, shared and private are two states of one frame; a conversion allocates and frees none.',
  force: 'must',
  source: inPlaceSeries,
  at: 'cover letter',
} as const satisfies Rule

export const inPlaceNoChange = {
  id: 'kvm.in-place/no-change',
  statement: 'If every page of the range has the attribute already, the call succeeds and does nothing.',
  force: 'must',
  source: inPlaceSeries,
  at: '__kvm_gmem_set_attributes(), kvm_gmem_range_has_attributes()',
} as const satisfies Rule

export const inPlaceOrder = {
  id: 'kvm.in-place/order',
  statement:
    'To private reserves memory, unmaps the host, checks references, unmaps the guest and stores, in that order.',
  force: 'must',
  source: inPlaceSeries,
  at: '__kvm_gmem_set_attributes()',
} as const satisfies Rule

export const inPlaceEagainHostUnmapped = {
  id: 'kvm.in-place/eagain-host-unmapped',
  statement:
    'After EAGAIN the host mappings are gone, to be faulted in again; the guest mappings and pins are as before.',
  force: 'must',
  source: inPlaceSeries,
  at: '__kvm_gmem_set_attributes()',
} as const satisfies Rule

export const inPlaceUnmapsHostFirst = {
  id: 'kvm.in-place/unmaps-host',
  statement: 'To private drops the host mappings of the whole range before it looks at references.',
  force: 'must',
  source: inPlaceSeries,
  at: '__kvm_gmem_set_attributes(), unmap_mapping_pages()',
} as const satisfies Rule

export const inPlaceRefusesPinned = {
  id: 'kvm.in-place/eagain',
  statement: 'To private fails with EAGAIN if a page has any reference besides those of the page cache.',
  force: 'must',
  source: inPlaceSeries,
  at: 'kvm_gmem_is_safe_for_conversion()',
} as const satisfies Rule

export const inPlaceErrorOffset = {
  id: 'kvm.in-place/error-offset',
  statement:
    'That EAGAIN reports the offset of the first such page and leaves the attribute of the whole range as it was.',
  force: 'must',
  source: inPlaceSeries,
  at: 'kvm_gmem_is_safe_for_conversion(), error_offset',
} as const satisfies Rule

export const inPlacePinsAreReferences = {
  id: 'kvm.in-place/pins-count',
  statement: 'A long-term pin, such as the one behind an IOMMU mapping, is such a reference.',
  force: 'must',
  source: inPlaceSeries,
  at: 'API documentation, EAGAIN',
} as const satisfies Rule

export const inPlaceShortReference = {
  id: 'kvm.in-place/short-reference',
  statement: 'A reference taken for a moment, by a walk of page tables or a lookup, gives EAGAIN too, until it is put.',
  force: 'may',
  source: inPlaceSeries,
  at: '__kvm_gmem_set_attributes(), comment on outstanding references',
} as const satisfies Rule

export const inPlaceChecksFirst = {
  id: 'kvm.in-place/checks-first',
  statement:
    'Every check of a conversion in place comes before its first change to the guest, so that no failure is half-way.',
  force: 'must',
  source: inPlaceSeries,
  at: '__kvm_gmem_set_attributes(), comment before the invalidation',
} as const satisfies Rule

export const inPlaceDrainsOnce = {
  id: 'kvm.in-place/drains-once',
  statement:
    'From v8 on a conversion drains the LRU batches once before it gives EAGAIN, so that those references alone do ' +
    'not fail it.',
  force: 'must',
  source: inPlaceSeriesV8,
  at: 'kvm_gmem_is_safe_for_conversion(), lru_add_drain_all()',
} as const satisfies Rule

export const inPlaceToSharedUnchecked = {
  id: 'kvm.in-place/to-shared-unchecked',
  statement: 'To shared checks no reference, since a private page cannot have been pinned.',
  force: 'must',
  source: inPlaceSeries,
  at: 'private to shared, API documentation',
} as const satisfies Rule

export const inPlaceBadRange = {
  id: 'kvm.in-place/einval',
  statement: 'An offset or size that is unaligned, empty, wrapping or beyond the end of the file fails with EINVAL.',
  force: 'must',
  source: inPlaceSeries,
  at: 'KVM_SET_MEMORY_ATTRIBUTES2, errors; kvm_gmem_set_attributes() in gwshan/linux 1ee88bc9276a',
} as const satisfies Rule

export const inPlaceNoMemory = {
  id: 'kvm.in-place/enomem',
  statement: 'Want of memory to note the new attribute fails with ENOMEM and changes nothing.',
  force: 'must',
  source: inPlaceSeries,
  at: 'KVM_SET_MEMORY_ATTRIBUTES2, errors; kvm_gmem_mas_preallocate()',
} as const satisfies Rule

export const inPlaceContentMode = {
  id: 'kvm.in-place/content-mode',
  statement: 'A promise about the content (zero, preserve) that the VM type cannot keep fails with EOPNOTSUPP.',
  force: 'must',
  source: inPlaceSeries,
  at: 'KVM_SET_MEMORY_ATTRIBUTES2, content modes; gwshan/linux 1ee88bc9276a has none, and refuses each flag (EINVAL)',
} as const satisfies Rule

export const inPlaceLocked = {
  id: 'kvm.in-place/invalidate-lock',
  statement: 'The check and the change of the attribute happen under one hold of the invalidate lock.',
  force: 'must',
  source: inPlaceSeries,
  at: '__kvm_gmem_set_attributes(), filemap_invalidate_lock()',
} as const satisfies Rule

export const inPlaceLateReferenceHarmless = {
  id: 'kvm.in-place/late-reference',
  statement: 'After the check only short-lived references can appear, and their holders do not touch the data.',
  force: 'may',
  source: inPlaceSeries,
  at: 'cover letter, safety argument',
} as const satisfies Rule

export const inPlaceHostFaultPrivate = {
  id: 'kvm.in-place/host-fault',
  statement: 'A host touch of a page that is private now gives SIGBUS.',
  force: 'must',
  source: inPlaceSeries,
  at: 'kvm_gmem_fault_user_mapping()',
} as const satisfies Rule

export const inPlaceGupPrivateRefused = {
  id: 'kvm.in-place/gup-refused',
  statement: 'A pin by HVA whose fault gives SIGBUS fails with EFAULT, so a page that is private now is not pinned.',
  force: 'must',
  source: linux72,
  at: 'mm/gup.c, faultin_page(); include/linux/mm.h, vm_fault_to_errno()',
} as const satisfies Rule

export const inPlacePinByFd = {
  id: 'kvm.in-place/pin-by-fd',
  statement: 'An IOMMU mapping by fd and offset may hold a page without a host fault, and so without that check.',
  force: 'may',
  source: thread2026,
  at: 'the RFC patch, as lkml.iu.edu 2602.3/03019 quotes it: no reference; by file: Jason Gunthorpe, 2602.3/05943',
} as const satisfies Rule

export const inPlaceGuestRetries = {
  id: 'kvm.in-place/guest-retries',
  statement: 'While a reference stays, the guest exits with a memory fault again and again, and user space must retry.',
  force: 'must',
  source: inPlaceSeries,
  at: 'Fuad Tabba, review of the series',
} as const satisfies Rule

export const inPlaceNotIn72 = {
  id: 'kvm.in-place/not-in-7-2',
  statement: '7.2 offers no in-place conversion: private memory and shared memory have two backings.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/x86.c, kvm_arch_supports_gmem_init_shared()',
} as const satisfies Rule

export const inPlaceNotIn612 = {
  id: 'kvm.in-place/not-in-6-12',
  statement: '6.12 offers no in-place conversion: private memory and shared memory have two backings.',
  force: 'must',
  source: linux612,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_create()',
} as const satisfies Rule
