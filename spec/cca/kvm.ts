import type { Rule } from '../rule.js'
import { ccaSeriesV12, ccaSeriesV14, linuxCca, tfRmm } from '../sources.js'

// How KVM gives granules to a realm, and takes them back.

export const ccaKvmDelegatesAtFault = {
  id: 'cca.kvm/delegates-at-fault',
  statement: 'KVM delegates a page and maps it in the RTT late in a fault, after the check for an invalidation.',
  force: 'must',
  source: linuxCca,
  at: 'arch/arm64/kvm/rmi.c, realm_map_protected(); v12 24/46, gmem_abort(): mmu_invalidate_retry() comes before it',
} as const satisfies Rule

export const ccaKvmFaultRetriesAny = {
  id: 'cca.kvm/fault-retries-any',
  statement:
    'A fault of a realm is repeated if an invalidation of any range of the VM is under way, or ended since the fault ' +
    'looked its page up.',
  force: 'must',
  source: ccaSeriesV12,
  at: '24/46, arch/arm64/kvm/mmu.c, gmem_abort(): mmu_invalidate_retry(), not mmu_invalidate_retry_gfn() as on x86',
} as const satisfies Rule

export const ccaKvmSideBeforeSequence = {
  id: 'cca.kvm/side-before-sequence',
  statement:
    'A private fault of a realm may compare its side with the attribute before it notes the sequence of ' +
    'invalidations: a conversion that begins and ends between the two goes unseen, and the page is mapped.',
  force: 'may',
  source: ccaSeriesV12,
  at:
    '24/46, arch/arm64/kvm/mmu.c, gmem_abort(): kvm_mem_is_private(), then mmu_invalidate_seq; on x86 ' +
    'kvm_mmu_faultin_pfn() has them the other way round (own reading)',
} as const satisfies Rule

export const ccaKvmSharedUnchecked = {
  id: 'cca.kvm/shared-unchecked',
  statement:
    'A shared fault of a realm is not compared with the attribute: what the HVA leads to is mapped in the ' +
    'unprotected half, though the page is private.',
  force: 'may',
  source: ccaSeriesV12,
  at: '24/46, arch/arm64/kvm/mmu.c, kvm_handle_guest_abort(), shared_ipa_fault(): user_mem_abort(), not gmem_abort()',
} as const satisfies Rule

export const ccaKvmDelegateRaces = {
  id: 'cca.kvm/delegate-races',
  statement:
    'If the delegation of the first granule fails KVM takes it that another vCPU was first, and the guest repeats ' +
    'its access; if that of a later one fails, what is delegated is mapped.',
  force: 'must',
  source: linuxCca,
  at: 'arch/arm64/kvm/rmi.c, realm_map_protected()',
} as const satisfies Rule

export const ccaKvmUnmapThenUndelegate = {
  id: 'cca.kvm/unmap-then-undelegate',
  statement: 'KVM unmaps a private page in the RTT, and undelegates it, before it is freed or shared.',
  force: 'must',
  source: linuxCca,
  at: 'arch/arm64/kvm/rmi.c, realm_unmap_private_range(), undelegate_range_desc()',
} as const satisfies Rule

export const ccaKvmUnfoldsForPart = {
  id: 'cca.kvm/unfolds-for-part',
  statement: 'Where a block entry is in the way KVM creates the table below it, and tries the unmap again.',
  force: 'must',
  source: linuxCca,
  at: 'arch/arm64/kvm/rmi.c, realm_unmap_private_range(), realm_rtt_create()',
} as const satisfies Rule

export const ccaKvmFoldsAfterUnmap = {
  id: 'cca.kvm/folds-after-unmap',
  statement: 'After an unmap KVM folds the tables of the range that can be folded.',
  force: 'must',
  source: linuxCca,
  at: 'arch/arm64/kvm/rmi.c, realm_fold_rtt_level()',
} as const satisfies Rule

export const ccaKvmRipasAtEntry = {
  id: 'cca.kvm/ripas-at-entry',
  statement:
    'KVM has the RIPAS changed when the vCPU that asked enters again, and exits to user space once more as long as ' +
    'guest_memfd does not have the range as asked.',
  force: 'must',
  source: linuxCca,
  at: 'arch/arm64/kvm/rmi.c, kvm_complete_ripas_change(), ripas_range_matches_gmem()',
} as const satisfies Rule

export const ccaKvmUnmapsAtEmpty = {
  id: 'cca.kvm/unmaps-at-empty',
  statement: 'After a change to EMPTY KVM unmaps what the range still has in the protected half.',
  force: 'must',
  source: linuxCca,
  at: 'arch/arm64/kvm/rmi.c, realm_set_ipa_state()',
} as const satisfies Rule

export const ccaKvmFailedIsFreed = {
  id: 'cca.kvm/failed-is-freed',
  statement:
    'A page that cannot be undelegated is reported, what follows it in the range stays mapped, and guest_memfd frees ' +
    'it all the same.',
  force: 'must',
  source: linuxCca,
  at: 'arch/arm64/kvm/rmi.c, realm_unmap_private_range(): WARN_ON, and break',
} as const satisfies Rule

export const ccaKvmIgnoresIncomplete = {
  id: 'cca.kvm/ignores-incomplete',
  statement: 'A Linux branch that TF-RMM was tested with took RMI_INCOMPLETE of an unmap for its end.',
  force: 'may',
  source: tfRmm,
  at: '851452ad13fa, 2026-07-09',
} as const satisfies Rule

export const ccaKvmOneAtATime = {
  id: 'cca.kvm/one-at-a-time',
  statement:
    'KVM maps and unmaps in the RTT under mmu_lock held for write, until the command has ended; between two commands ' +
    'of an unmap that may block it lets others take the lock.',
  force: 'must',
  source: linuxCca,
  at:
    'arch/arm64/include/asm/kvm_rmi.h, struct realm, sro; rmi.c, realm_unmap_private_range(), ' +
    'cond_resched_rwlock_write()',
} as const satisfies Rule

export const ccaKvmNoDevices = {
  id: 'cca.kvm/no-devices',
  statement: 'The series for KVM has no devices that the realm trusts.',
  force: 'must',
  source: ccaSeriesV14,
  at: '37/44, Prevent Device mappings for Realms',
} as const satisfies Rule
