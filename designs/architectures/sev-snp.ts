import type { Design } from '../design.js'
import {
  snpCallsThatFree,
  snpCallsThatShare,
  snpCallsUnfenced,
  snpCallsWithoutSmash,
} from '../drivers/architectures/kvm-snp.js'
import { hitlessCoalesce, hitlessCut } from '../hitless.js'
import { onDemand4k } from '../on-demand-4k.js'
import { someMapped } from '../vocabulary/conditions.js'
import { eachUnmappedPage } from '../vocabulary/loops.js'
import { chunk, page } from '../vocabulary/ranges.js'
import { acquire, release } from '../vocabulary/steps.js'

// Mistakes that show on SEV-SNP: of the two sizes, of the RMP's entries and of the I/O entries, one moves too early; or
// what the RMP refuses is not heeded.

/** The way down in the wrong order. */
export const assignFirst: Design = {
  ...hitlessCut,
  variant: 'assign-first',
  summary: 'Makes a page of a superpage private before it cuts the I/O entry, as where KVM does not wait for DMA.',
  source: 'AMDESE/AMDSEV #109 (RMP_PAGE_FAULT at a shared neighbour); A. Kardashevskiy, linux-riscv 085892',
  toPrivate: [
    acquire('vm'),
    { call: 'set-private', on: chunk },
    { when: someMapped(chunk), body: [{ call: 'unmap', on: chunk }] },
    { call: 'discard-shared', on: chunk },
    release('vm'),
  ],
}

/** The way up in the wrong order. */
export const leafFirst: Design = {
  ...hitlessCoalesce,
  variant: 'leaf-first',
  summary: 'Maps a page, and makes a superpage of the I/O entries, before the page is shared.',
  source: 'the other order of the same two steps: the I/O entry grows before the RMP',
  toShared: [
    acquire('vm'),
    { each: eachUnmappedPage(chunk), body: [{ call: 'map', on: page }] },
    { call: 'set-shared', on: chunk },
    { call: 'discard-private', on: chunk },
    release('vm'),
  ],
}

/** A frame that could not be made shared is free for the next user. */
export const failedIsFreed: Design = {
  ...onDemand4k,
  variant: 'failed-is-freed',
  summary: 'Over KVM that frees a page of guest_memfd which it could not make shared in the RMP.',
  source: 'Linux 6.12 and 7.2 sev_gmem_invalidate(): warns, and goes to next_pfn; kvm_rmp_make_shared() leaks the page',
  kvmOn: { 'sev-snp': snpCallsThatFree },
}

/** In place a frame that could not be made shared is shared by its attribute, and the guest's in the RMP. */
export const failedIsShared: Design = {
  ...onDemand4k,
  variant: 'failed-is-shared',
  summary: 'Over KVM that makes a page shared in place though it could not make its frame shared in the RMP.',
  source:
    'gwshan/linux 1ee88bc9276a __kvm_gmem_set_attributes(): kvm_gmem_invalidate() returns nothing, so that the ' +
    'attribute is stored whatever RMPUPDATE says',
  kvmOn: { 'sev-snp': snpCallsThatShare },
}

/** The RMPUPDATE of a part of a larger entry is repeated for as long as it overlaps. */
export const notSmashed: Design = {
  ...onDemand4k,
  variant: 'not-smashed',
  summary: 'Over KVM that makes a part of an RMP entry of 2 MiB shared without splitting the entry.',
  source: 'AMDESE/AMDSEV #143: rmpupdate failed, ret: 4, retrying',
  kvmOn: { 'sev-snp': snpCallsWithoutSmash },
}

/** The table of the host for trusted devices outlives what it maps. */
export const privateKept: Design = {
  ...onDemand4k,
  variant: 'private-kept',
  summary: 'Over IOMMUFD that is not told when a private page is converted: trusted devices keep their mapping of it.',
  source: 'LKML, Secure VFIO, TDISP, SEV TIO 12/21, 2024-08-23: no callback for what guest_memfd frees',
  kvmOn: { 'sev-snp': snpCallsUnfenced },
}

/** Any device may be behind an interface that was not verified. */
export const enabledUnverified: Design = {
  ...onDemand4k,
  variant: 'enabled-unverified',
  summary: 'Under a guest that has its device reach private memory before it has verified the evidence.',
  source: 'riscv-ap-tee-io a361d4ad, Binding Flow, step 8: the guest accepts the interface before it uses it',
  guestMistake: 'enables-unverified',
}

/** An interface that is unlocked is the host's to configure, and its secure entry is still there. */
export const stoppedEnabled: Design = {
  ...onDemand4k,
  variant: 'stopped-enabled',
  summary: 'Under a guest, or a TSM, that stops the interface of a device whose translation is still enabled.',
  source:
    'sev_guest_unlock() of the series for SEV-TIO guests: disable_dma is a call of its own; riscv-ap-tee-io ' +
    'a361d4ad, Unbinding Flow: the TSM disables the IOMMU behind the answer to STOP',
  guestMistake: 'stops-enabled',
}
