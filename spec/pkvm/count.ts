import type { Rule } from '../rule.js'
import { androidCommon, androidPkvm, pkvmIa } from '../sources.js'

// The other way: the hypervisor writes the tables for the host, and counts the mappings of each page.

export const pkvmUseDmaCounts = {
  id: 'pkvm.count/mapped-is-counted',
  statement:
    'Each page that the host has mapped for DMA is counted, from the map until the invalidation behind its unmap is ' +
    'over.',
  force: 'must',
  source: androidPkvm,
  at:
    'mem_protect.c, __pkvm_use_dma(), __pkvm_unuse_dma(); Android common kernel a47e0e78ad5b, pkvm/arm-smmu-v3.c, ' +
    'smmu_iotlb_sync(), IO_PGTABLE_QUIRK_UNMAP_INVAL',
} as const satisfies Rule

export const pkvmRefusesCounted = {
  id: 'pkvm.count/refuses-hand-over',
  statement: 'A page of the host that is counted is given to no one.',
  force: 'must',
  source: androidPkvm,
  at: 'mem_protect.c, HOST_CHECK_NULL_REFCNT in __pkvm_host_donate_guest(); the comment of __pkvm_use_dma()',
} as const satisfies Rule

export const pkvmUseDmaOwned = {
  id: 'pkvm.count/maps-owned-alone',
  statement: 'The host maps only pages that it owns: what it borrows from a guest is refused.',
  force: 'must',
  source: androidPkvm,
  at: 'mem_protect.c, __pkvm_use_dma_locked()',
} as const satisfies Rule

export const pkvmUnshareRefused = {
  id: 'pkvm.count/unshare-refused',
  statement: 'Were borrowed pages mapped, the guest could not take one back while a DMA mapping has it.',
  force: 'may',
  source: pkvmIa,
  at: '#92, maluka-dmytro, 2026-03-25; the comment of __pkvm_use_dma() in the Android tree asks for the same',
} as const satisfies Rule

export const pkvmRelinquishRefused = {
  id: 'pkvm.count/relinquish-refused',
  statement:
    'A page that the guest gives up stays while it is counted (EBUSY), and a part of a block is refused (E2BIG).',
  force: 'must',
  source: androidPkvm,
  at: 'mem_protect.c, __pkvm_guest_relinquish_to_host()',
} as const satisfies Rule

export const pkvmCountDeniesAts = {
  id: 'pkvm.count/ats-denied',
  statement: 'The SMMU lets no access through that a device has translated: it checks each, and no stream has ATS.',
  force: 'must',
  source: androidCommon,
  at: 'pkvm/arm-smmu-v3.c, smmu_reset_device(), CR0_ATSCHK; smmu_domain_config_s2()',
} as const satisfies Rule
