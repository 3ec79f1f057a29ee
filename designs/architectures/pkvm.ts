import type { Design } from '../design.js'
import {
  pkvmCallsAtcFirst,
  pkvmCallsCompletedLate,
  pkvmCallsInBatch,
  pkvmCallsNotForwarded,
  pkvmCallsOwnerAlone,
  pkvmCallsWithAtc,
} from '../drivers/architectures/kvm-pkvm.js'
import { pinAll } from '../pin-all.js'

// Questions under pKVM, where the host maps all and the identity map decides: what a hypervisor does about a page that
// changes hands, and when.

/** The order of `__pkvm_host_donate_sglist_guest()`. */
export const completedInBatch: Design = {
  ...pinAll,
  variant: 'completed-in-batch',
  summary: 'Over a hypervisor that takes the pages of a request from the host, invalidates once, and hands them on.',
  source: 'boram1288/pkvm-linux 0140be8f95e6, HOST_SET_NO_COMPLETE, kvm_iommu_host_stage2_idmap_complete()',
  kvmOn: { pkvm: pkvmCallsInBatch },
}

/** What a caller that forgets to complete, or does so too late, comes to. */
export const completedLate: Design = {
  ...pinAll,
  variant: 'completed-late',
  summary: 'Over a hypervisor that hands the pages of a batch on before it invalidates what SMMUs have of them.',
  source:
    'Android common kernel bbab9bb9c743 (title): call host_stage2_idmap_complete() after snapshot; it was missing',
  kvmOn: { pkvm: pkvmCallsCompletedLate },
}

/** A flag that is inverted: success turns the callbacks off. */
export const notForwarded: Design = {
  ...pinAll,
  variant: 'not-forwarded',
  summary: 'Over a hypervisor that copies the stage 2 of the host once, and passes no change of it on to the SMMU.',
  source: 'LKML, pKVM SMMUv3 v4 10/28, 2025-08-19: kvm_idmap_initialized = !!ret; later versions have !ret',
  kvmOn: { pkvm: pkvmCallsNotForwarded },
}

/** Only the change of the owner has the callback; a share is none. */
export const shareNotPassed: Design = {
  ...pinAll,
  variant: 'share-not-passed',
  summary: 'Over a hypervisor that passes a change of the owner on to the SMMU, and not that the guest shares a page.',
  source: 'LKML, pKVM SMMUv3 v4 10/28, 2025-08-19, beside Linux 7.2 __pkvm_guest_share_host()',
  kvmOn: { pkvm: pkvmCallsOwnerAlone },
}

/** What the answer to a device TLB that is never flushed would be. */
export const atcInvalidated: Design = {
  ...pinAll,
  variant: 'atc-invalidated',
  summary: 'Over a hypervisor that also invalidates the TLBs of devices when the guest takes a page back.',
  source: 'intel-staging/pKVM-IA #84, 2026-03-18: the device TLB was not flushed at all (android-review 3980609)',
  kvmOn: { pkvm: pkvmCallsWithAtc },
}

/** The order that the text of the SMMU demands, turned round. */
export const atcInvalidatedFirst: Design = {
  ...pinAll,
  variant: 'atc-invalidated-first',
  summary: 'Over a hypervisor that invalidates the TLBs of devices before the SMMUs have dropped the entry.',
  source: 'Arm IHI 0070, 3.9.1: an ATS Invalidate Request must be preceded by SMMU TLB invalidation, complete',
  kvmOn: { pkvm: pkvmCallsAtcFirst },
}
