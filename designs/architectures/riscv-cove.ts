import type { Design } from '../design.js'
import {
  coveCallsWithoutIofence,
  coveCallsWithoutIommu,
  coveCallsWithoutKick,
  coveCallsWithoutReclaim,
} from '../drivers/architectures/kvm-cove.js'
import { onDemand4k } from '../on-demand-4k.js'

// Mistakes that show on RISC-V with CoVE. The third, a TSM that fences harts and no checker, is a platform: ioMpt=kept.

/** A removed page is the host's, and confidential. */
export const notReclaimed: Design = {
  ...onDemand4k,
  variant: 'not-reclaimed',
  summary: 'Over KVM that uses a page which the TSM removed from the guest before it has the page reclaimed.',
  source: 'riscv-ap-tee, src/sbi_cove.adoc, reclaim_pages (FID #2): without it an access is an access fault',
  kvmOn: { 'riscv-cove': coveCallsWithoutReclaim },
}

/** A fence waits for traps that nothing causes. */
export const notKicked: Design = {
  ...onDemand4k,
  variant: 'not-kicked',
  summary: 'Over KVM that begins a fence of the guest, and does not send the vCPUs an interrupt.',
  source: 'riscv-ap-tee, src/sbi_cove.adoc, tvm_fence (FID #16): complete once every vCPU has trapped',
  kvmOn: { 'riscv-cove': coveCallsWithoutKick },
}

/** The fence of a TVM names harts; a device that the TVM trusts has the old translation still. */
export const iommuMissed: Design = {
  ...onDemand4k,
  variant: 'iommu-missed',
  summary: 'Over a TSM that invalidates a page of the guest for its vCPUs, and not in the IOMMU of its devices.',
  source: 'riscv-ap-tee-io a361d4ad, CoVE-IO-T008: IOMMU and device TLBs too; riscv-ap-tee, FID #16 has vCPUs alone',
  kvmOn: { 'riscv-cove': coveCallsWithoutIommu },
}

/** A DMA that used the old translation is still on its way. */
export const iofenceNotAwaited: Design = {
  ...onDemand4k,
  variant: 'iofence-not-awaited',
  summary: 'Over a TSM that queues IOTINVAL to its IOMMU, and does not wait for an IOFENCE.C behind it.',
  source: 'riscv-iommu 14fd3916, Command-queue Fence commands, note on reclaiming memory: IOFENCE.C with PR and PW',
  kvmOn: { 'riscv-cove': coveCallsWithoutIofence },
}
