import type { Design } from '../design.js'
import {
  connectCallsErrorsIgnored,
  connectCallsSharedForgotten,
  connectCallsWithoutRequests,
  connectCallsWithoutWait,
} from '../drivers/architectures/kvm-connect.js'
import { onDemand4k } from '../on-demand-4k.js'

// Mistakes that show on TDX Connect, where a device that the guest trusts reaches private pages by the secure EPT.

/** KVM of today on a host with TDX Connect. */
export const iommusNotAsked: Design = {
  ...onDemand4k,
  variant: 'iommus-not-asked',
  summary: 'Over KVM that takes a private page away as on TDX, and asks no IOMMU to invalidate what it has cached.',
  source: 'Linux 7.2 tdx_sept_remove_leaf_spte(), beside intel/tdx-module is_tlb_and_iotlb_tracked()',
  kvmOn: { 'tdx-connect': connectCallsWithoutRequests },
}

/** The shared half of what a trusted device reaches has no mapping that user space could take away. */
export const sharedHalfForgotten: Design = {
  ...onDemand4k,
  variant: 'shared-half-forgotten',
  summary: 'Over KVM that drops a shared page from its EPT, and leaves what IOMMUs have cached of it.',
  source: 'Xu Yilun, lkml 2602.3/08550: unmap shared I/O entries before private, of T=0 and T=1 tables',
  kvmOn: { 'tdx-connect': connectCallsSharedForgotten },
}

/** A guest of before TDX Connect. */
export const unreleased: Design = {
  ...onDemand4k,
  variant: 'unreleased',
  summary: 'Under a guest that asks for shared before it has released the page.',
  source: 'OpenVMM pull request 3748; OHCL-Linux-Kernel pull request 160; LKML RFC of 4 June 2026, part 6',
  guestKeepsPages: true,
}

/** An unmap that cannot fail, over a module that refuses. */
export const refusalIgnored: Design = {
  ...unreleased,
  variant: 'refusal-ignored',
  summary: 'The same over KVM whose unmap cannot fail: guest_memfd frees a page that the secure EPT still maps.',
  source: "Yan Zhao's patch of 16 Oct 2025 on pins of TDX (linuxppc-dev msg246105), and the answers to it",
  kvmOn: { 'tdx-connect': connectCallsErrorsIgnored },
}

/** The answer of a unit is taken for granted. */
export const statusNotAwaited: Design = {
  ...onDemand4k,
  variant: 'status-not-awaited',
  summary: 'Over KVM that has the TDX module process a request at once, and not behind the status of the unit.',
  source: 'intel/tdx-module tdh_iq_inv_process(): what the head has not passed does not count',
  kvmOn: { 'tdx-connect': connectCallsWithoutWait },
}
