import type { Rule } from '../rule.js'
import { androidCommon, androidPkvm, pkvmSeriesV4, pkvmSmmuDriver } from '../sources.js'

// How the hypervisor keeps devices of the host away from what is not the host's. The series is a draft.

export const pkvmIdmapIsStage2 = {
  id: 'pkvm.iommu/stage-2',
  statement:
    'Below the tables of the host each stream is translated by the identity map, which has what the host may use; a ' +
    'unit that is off aborts all.',
  force: 'must',
  source: pkvmSmmuDriver,
  at: 'smmu_attach_stage_2(), S1 becomes S1 and S2, bypass S2; smmu_abort_gbpa()',
} as const satisfies Rule

export const pkvmIdmapSnapshot = {
  id: 'pkvm.iommu/snapshot',
  statement:
    'The identity map begins as a copy of the stage 2 of the host, in which an entry of another owner stays absent; ' +
    'what the host has not touched yet is mapped.',
  force: 'must',
  source: pkvmSeriesV4,
  at: '10/28, __snapshot_host_stage2(), kvm_iommu_snapshot_host_stage2()',
} as const satisfies Rule

export const pkvmIdmapForwarded = {
  id: 'pkvm.iommu/forwarded',
  statement:
    'From then on each change of the owner of memory, and each share of a guest, is passed on to the identity map; ' +
    'what the host gives to the Secure state (FF-A) is not.',
  force: 'must',
  source: androidPkvm,
  at:
    'mem_protect.c, __host_stage2_set_owner_locked(), __host_set_page_state_range(); HOST_SET_NO_IOMMU_UPDATE in ' +
    '__pkvm_host_donate_ffa()',
} as const satisfies Rule

export const pkvmIdmapAfterCpu = {
  id: 'pkvm.iommu/after-cpu',
  statement: 'A page leaves the stage 2 of the host first, then the identity map, and only then its state changes.',
  force: 'must',
  source: androidPkvm,
  at: 'mem_protect.c, __host_stage2_set_owner_locked()',
} as const satisfies Rule

export const pkvmShareMapsIommu = {
  id: 'pkvm.iommu/share-maps',
  statement: 'A page that the guest shares enters the stage 2 of the host, and then the identity map.',
  force: 'must',
  source: androidPkvm,
  at: 'mem_protect.c, __host_set_page_state_range()',
} as const satisfies Rule

export const pkvmV4ShareNotPassed = {
  id: 'pkvm.iommu/v4-passes-owner-alone',
  statement: 'In v4 of the series only a change of the owner is passed on.',
  force: 'may',
  source: pkvmSeriesV4,
  at: '10/28, host_stage2_set_owner_locked() alone calls kvm_iommu_host_stage2_idmap()',
} as const satisfies Rule

export const pkvmTlbiAtUnmap = {
  id: 'pkvm.iommu/tlbi-at-unmap',
  statement:
    'An entry that leaves the map is invalidated in each SMMU that is on, up to a CMD_SYNC; then all of stage 1 is, ' +
    'up to another.',
  force: 'must',
  source: pkvmSmmuDriver,
  at: 'smmu_tlb_add_page(), smmu_tlb_inv_range(), CMDQ_OP_TLBI_S2_IPA, CMDQ_OP_TLBI_NH_ALL',
} as const satisfies Rule

export const pkvmCompleteInBatch = {
  id: 'pkvm.iommu/complete-in-batch',
  statement:
    'For several pages the driver may invalidate once, behind the last: the state of the others says NOPAGE by then.',
  force: 'may',
  source: androidPkvm,
  at:
    'mem_protect.c, HOST_SET_NO_COMPLETE; iommu.c, kvm_iommu_host_stage2_idmap_complete(), which the copy of v6 does ' +
    'not have: it invalidates page by page',
} as const satisfies Rule

export const pkvmGuestMapsAfterComplete = {
  id: 'pkvm.iommu/guest-maps-after-complete',
  statement: 'The guest gets pages of a batch after the invalidation.',
  force: 'must',
  source: androidPkvm,
  at: 'mem_protect.c, __pkvm_host_donate_sglist_guest()',
} as const satisfies Rule

export const pkvmIdmapByPage = {
  id: 'pkvm.iommu/by-page',
  statement: 'Memory is mapped there by pages, since the driver of page tables splits no block.',
  force: 'must',
  source: pkvmSmmuDriver,
  at: 'smmu_host_stage2_idmap(), comment',
} as const satisfies Rule

export const pkvmIdmapByBlock = {
  id: 'pkvm.iommu/by-block',
  statement: 'Memory may be mapped there by blocks.',
  force: 'may',
  source: androidCommon,
  at: 'drivers/iommu/arm/arm-smmu-v3/pkvm/arm-smmu-v3.c, smmu_pgsize_idmap()',
} as const satisfies Rule

export const pkvmNoAtcInvalidation = {
  id: 'pkvm.iommu/no-atc-invalidation',
  statement: 'The driver passes on the ATS bits of an STE of the host, and sends no CMD_ATC_INV of its own.',
  force: 'may',
  source: pkvmSmmuDriver,
  at: 'smmu_attach_stage_2(), smmu_tlb_inv_range()',
} as const satisfies Rule

export const pkvmHostCommands = {
  id: 'pkvm.iommu/host-commands',
  statement: 'The host queues TLBI of stage 1 and ATC_INV through the hypervisor, which refuses those of stage 2.',
  force: 'must',
  source: pkvmSmmuDriver,
  at: 'smmu_filter_command()',
} as const satisfies Rule

export const pkvmQueuesShared = {
  id: 'pkvm.iommu/queues-shared',
  statement:
    'Queues that the SMMU writes lie in pages that the host shares with the hypervisor, and that keep their owner.',
  force: 'must',
  source: pkvmSmmuDriver,
  at: 'smmu_emulate_queue(), smmu_share_pages()',
} as const satisfies Rule

export const pkvmMsiByHost = {
  id: 'pkvm.iommu/msi-by-host',
  statement:
    'The host may choose the address to which an SMMU sends the message of its event queue, and that of a CMD_SYNC.',
  force: 'may',
  source: pkvmSmmuDriver,
  at:
    'smmu_dabt_device(), ARM_SMMU_EVTQ_IRQ_CFG0; smmu_filter_command(), CMD_SYNC: what it takes out, it takes out of ' +
    'a variable, and the command is queued as it came',
} as const satisfies Rule

export const pkvmFaultRecorded = {
  id: 'pkvm.iommu/fault-recorded',
  statement:
    'A fault of stage 2 ends the access by itself, and is in the event queue of the host; a request for a ' +
    'translation that fails is not.',
  force: 'must',
  source: pkvmSmmuDriver,
  at: 'smmu_attach_stage_2(), STRTAB_STE_2_S2R; ARM_SMMU_EVTQ_BASE; Arm IHI 0070, 3.9.1',
} as const satisfies Rule

export const pkvmAtsByHost = {
  id: 'pkvm.iommu/ats-by-host',
  statement: 'The host decides whether an SMMU checks accesses that a device says it has translated (ATSCHK).',
  force: 'may',
  source: pkvmSmmuDriver,
  at: 'smmu_dabt_device(), ARM_SMMU_CR0 is written as it comes, and ARM_SMMU_IDR0 shows ATS',
} as const satisfies Rule

export const pkvmOffNotInvalidated = {
  id: 'pkvm.iommu/off-not-invalidated',
  statement:
    'An SMMU that the host has turned off is not invalidated, neither then nor when the host turns it on again.',
  force: 'may',
  source: pkvmSmmuDriver,
  at: 'smmu_tlb_inv_range(), is_smmu_enabled(); smmu_emulate_enable(). Android drops all: smmu_reset_device()',
} as const satisfies Rule

export const pkvmMapMayFail = {
  id: 'pkvm.iommu/map-may-fail',
  statement: 'A page whose map into the identity map fails is the host’s all the same: its devices do not reach it.',
  force: 'may',
  source: pkvmSmmuDriver,
  at: 'smmu_host_stage2_idmap(), comment; Android ignores the result: mem_protect.c, __host_set_page_state_range()',
} as const satisfies Rule

export const pkvmUnmapUnchecked = {
  id: 'pkvm.iommu/unmap-unchecked',
  statement: 'A driver may end an unmap early and report nothing: the page changes hands, and devices reach it still.',
  force: 'may',
  source: androidCommon,
  at: 'pkvm/arm-smmu-v3.c, smmu_host_stage2_idmap(), if (!unmapped); the copy of v6 stops the machine: WARN_ON(size)',
} as const satisfies Rule
