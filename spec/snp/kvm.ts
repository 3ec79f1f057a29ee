import type { Rule } from '../rule.js'
import { hugepagesPatch, inPlaceCopy, linux72, linux612 } from '../sources.js'

// How KVM gives frames to an SNP guest, and takes them back.

export const snpAssignsAtFault = {
  id: 'snp.kvm/assigns-at-fault',
  statement: 'KVM assigns a frame in the RMP when a fault looks it up, before the page is mapped.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/svm/sev.c, sev_gmem_prepare(), under kvm_gmem_get_pfn()',
} as const satisfies Rule

export const snpLargeIfUnassigned = {
  id: 'snp.kvm/large-if-unassigned',
  statement: 'A large folio gets one RMP entry of 2 MiB if no page of the range is assigned.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/svm/sev.c, is_large_rmp_possible()',
} as const satisfies Rule

export const snpNotLargeWhileChanging = {
  id: 'snp.kvm/not-large-while-changing',
  statement:
    'While the attribute of a part of a superpage changes, KVM makes no mapping of the whole: its invalidation ' +
    'covers the superpage.',
  force: 'must',
  source: hugepagesPatch,
  at: 'the message of the commit',
} as const satisfies Rule

export const snpFoliosAreSmall = {
  id: 'snp.kvm/folios-are-small',
  statement: 'The folios of guest_memfd are of one page, so that every RMP entry of it is of 4 KiB.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_prepare_folio(), kvm_gmem_get_folio()',
} as const satisfies Rule

export const snpZapBeforePunch = {
  id: 'snp.kvm/zap-before-punch',
  statement: 'A hole punch zaps the nested page table and flushes the vCPUs before the folio is freed.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, __kvm_gmem_invalidate_start()',
} as const satisfies Rule

export const snpAttributeKeepsRmp = {
  id: 'snp.kvm/attribute-keeps-rmp',
  statement: 'Of two backings a page that becomes shared stays assigned until its private frame is freed.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/guest_memfd.c, kvm_gmem_free_folio(): the only caller of kvm_arch_gmem_invalidate()',
} as const satisfies Rule

export const snpFreedIsMadeShared = {
  id: 'snp.kvm/freed-is-made-shared',
  statement: 'A folio of guest_memfd that is freed is made shared in the RMP first, and then its caches are flushed.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/svm/sev.c, sev_gmem_invalidate()',
} as const satisfies Rule

export const snpSmashBeforePart = {
  id: 'snp.kvm/smash-before-part',
  statement: 'Before a part of an RMP entry of 2 MiB is made shared, KVM splits the entry by PSMASH.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/svm/sev.c, sev_gmem_invalidate()',
} as const satisfies Rule

export const snpFailedIsLeaked = {
  id: 'snp.kvm/failed-is-leaked',
  statement:
    'A page that was given to the firmware, or that is a VMSA of KVM, and cannot be made shared again is leaked: the ' +
    'host can no longer use it.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/svm/sev.c, kvm_rmp_make_shared(), for snp_page_reclaim() and sev_free_vcpu()',
} as const satisfies Rule

export const snpFailedIsFreed = {
  id: 'snp.kvm/failed-is-freed',
  statement: 'A page of guest_memfd that cannot be made shared is reported, and freed all the same.',
  force: 'must',
  source: linux612,
  at: 'arch/x86/kvm/svm/sev.c, sev_gmem_invalidate(), goto next_pfn; 7.2 alike',
} as const satisfies Rule

export const snpInPlaceSharedFirst = {
  id: 'snp.kvm/in-place-shared-first',
  statement:
    'In place a frame is made shared in the RMP after the guest has lost its translations of it, and before the ' +
    'attribute says shared.',
  force: 'must',
  source: inPlaceCopy,
  at: '__kvm_gmem_set_attributes(), kvm_gmem_invalidate() between kvm_gmem_invalidate_start() and mas_store_prealloc()',
} as const satisfies Rule

export const snpInPlaceFailureLost = {
  id: 'snp.kvm/in-place-failure-lost',
  statement:
    'In place a frame that cannot be made shared in the RMP is reported, and the attribute says shared all the same: ' +
    'the frame stays assigned to the guest.',
  force: 'may',
  source: inPlaceCopy,
  at: '__kvm_gmem_set_attributes(): kvm_gmem_invalidate() returns nothing; Linux 7.2 sev_gmem_invalidate(), next_pfn',
} as const satisfies Rule

export const snpSmashAtRmpFault = {
  id: 'snp.kvm/smash-at-rmp-fault',
  statement:
    'KVM splits an RMP entry of 2 MiB at which a smaller PVALIDATE or mapping of the guest faults, and zaps 2 MiB ' +
    'from the page that faulted on.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/svm/sev.c, sev_handle_rmp_fault(), kvm_zap_gfn_range(kvm, gfn, gfn + PTRS_PER_PMD)',
} as const satisfies Rule

export const snpFaultRetriesEarly = {
  id: 'snp.kvm/fault-retries-early',
  statement: 'A fault on a page that is being invalidated is retried before its frame is looked up, and so assigned.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/mmu/mmu.c, kvm_mmu_faultin_pfn(), mmu_invalidate_retry_gfn_unsafe()',
} as const satisfies Rule
