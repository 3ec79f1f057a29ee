import type { Design } from '../design.js'
import { coveCallsWithoutKick, coveCallsWithoutReclaim } from '../drivers/architectures/kvm-cove.js'
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
