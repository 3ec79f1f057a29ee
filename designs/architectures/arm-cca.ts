import type { Design } from '../design.js'
import {
  ccaCallsThatFree,
  ccaCallsWithoutContinue,
  ccaCallsWithoutSmmu,
  ccaCallsWithoutSync,
  ccaCallsWithoutTlbi,
} from '../drivers/architectures/kvm-cca.js'
import { onDemand4k } from '../on-demand-4k.js'

// Mistakes that show on Arm CCA: of a page that a realm gives up, a step between the RTT and the free list is missed.

/** The command has stopped for an interrupt, and is taken for done. */
export const incompleteIgnored: Design = {
  ...onDemand4k,
  variant: 'incomplete-ignored',
  summary: 'Over KVM that takes RMI_INCOMPLETE of an unmap for its end, and frees the page all the same.',
  source: 'TF-RMM 851452ad13fa (2026-07-09): the Linux branch under test does not handle RMI_INCOMPLETE for unmap',
  kvmOn: { 'arm-cca': ccaCallsWithoutContinue },
}

/** The next user of the frame is a granule protection fault. */
export const freedDelegated: Design = {
  ...onDemand4k,
  variant: 'freed-delegated',
  summary: 'Over KVM that frees a page of guest_memfd without taking it back from the RMM.',
  source: 'A. Kumar K.V, kvm list, 2024-10-24: granule protection fault in clear_page() under kvm_gmem_get_pfn()',
  kvmOn: { 'arm-cca': ccaCallsThatFree },
}

/** One loop consumed the address and size: VMIDs after the first were not invalidated. */
export const vmidMissed: Design = {
  ...onDemand4k,
  variant: 'vmid-missed',
  summary: 'Over an RMM whose invalidation misses the VMID under which a vCPU runs.',
  source: 'TF-RMM 2052addb5872 (2026-07-17): VMIDs after the first skipped the invalidation by address',
  kvmOn: { 'arm-cca': ccaCallsWithoutTlbi },
}

/** A device that the realm trusts has the old translation, and the granule is another's. */
export const smmuMissed: Design = {
  ...onDemand4k,
  variant: 'smmu-missed',
  summary: 'Over an RMM that unmaps an entry of the RTT without invalidating it in the SMMUs.',
  source: 'TF-RMM before fdec9d8a, which adds the calls; device streams are enabled since 6c51090b (2025-12-04)',
  kvmOn: { 'arm-cca': ccaCallsWithoutSmmu },
}

/** A DMA that used the old translation is still on its way. */
export const syncNotAwaited: Design = {
  ...onDemand4k,
  variant: 'sync-not-awaited',
  summary: 'Over an RMM that does not wait until the SMMUs are done with the invalidation.',
  source: 'TF-RMM 9a7f8ef46378 rtt_unmap_smmu_sync_yield(): the mark stays until the CMD_SYNC is complete',
  kvmOn: { 'arm-cca': ccaCallsWithoutSync },
}
