import type { Rule } from '../rule.js'
import { sevTioGuest, sevTioSeries } from '../sources.js'

// Devices that an SNP guest trusts (SEV-TIO). The firmware's interface (58271) and chapter 2.12 of the IOMMU
// specification (48882) could not be read: what only they say is a question in questions.md.

export const snpSecureEntry = {
  id: 'snp.tio/secure-entry',
  statement:
    'DMA to private memory goes by an entry of the secure device table, which the firmware keeps in private memory ' +
    "for the guest; by an entry of the host's device table a device reaches shared memory alone.",
  force: 'must',
  source: sevTioSeries,
  at: '14/21, RFC: iommu/iommufd/amd: Add IOMMU_HWPT_TRUSTED flag; message of 2024-08-23',
} as const satisfies Rule

export const snpGuestWritesEntry = {
  id: 'snp.tio/guest-writes-entry',
  statement: 'The guest has the firmware write the secure entry, and disables DMA by an entry that is all zero.',
  force: 'must',
  source: sevTioGuest,
  at: 'tio_tdi_sdte_write(), TIO_MSG_SDTE_WRITE_REQ',
} as const satisfies Rule

export const snpEntryNeedsBound = {
  id: 'snp.tio/entry-needs-bound',
  statement: 'The firmware refuses to write the secure entry of an interface that is not bound to the guest.',
  force: 'must',
  source: sevTioGuest,
  at: 'enum sdte_write_status, SDTE_WRITE_TDI_NOT_BOUND; sev_guest_lock(): bound is CONFIG_LOCKED',
} as const satisfies Rule

export const snpUnlockKeepsEntry = {
  id: 'snp.tio/unlock-keeps-entry',
  statement: 'The guest disables DMA by an operation of its own; its unlock stops and unbinds, and writes no entry.',
  force: 'must',
  source: sevTioGuest,
  at: 'sev_guest_unlock(), sev_guest_disable_dma()',
} as const satisfies Rule

export const snpPrivateFramesInTable = {
  id: 'snp.tio/private-frames-in-host-table',
  statement: "The host's table for such a device has the private frames of guest_memfd, which IOMMUFD looks up by KVM.",
  force: 'must',
  source: sevTioSeries,
  at: '12/21, KVM: IOMMUFD: MEMFD: Map private pages; reply of K. Tian, 2024-08-26 (linux-pci msg158077)',
} as const satisfies Rule

export const snpTableMatchesRmp = {
  id: 'snp.tio/table-matches-rmp',
  statement:
    "The table of the host is safe because it has to match the RMP: the guest's DMA reaches a frame only where that " +
    'is assigned to the guest at the same address.',
  force: 'must',
  source: sevTioSeries,
  at: 'replies to 12/21 of J. Gunthorpe, 2024-09-02, and A. Kardashevskiy, 2024-09-03',
} as const satisfies Rule

export const snpFencedBeforeHandOver = {
  id: 'snp.tio/fenced-before-hand-over',
  statement:
    'Before a page that is converted or truncated is handed on, IOMMUFD has unmapped it from the table of the ' +
    'trusted device, and the hardware uses it no more.',
  force: 'must',
  source: sevTioSeries,
  at: 'replies to 12/21 of V. Annapurve and J. Gunthorpe, 2024-09-23: the notifier of guest_memfd',
} as const satisfies Rule

export const snpConvertedDmaFails = {
  id: 'snp.tio/converted-dma-fails',
  statement: 'A DMA of the guest to a page that the guest converts may fail, and then has no effect.',
  force: 'may',
  source: sevTioSeries,
  at: 'reply to 12/21 of J. Gunthorpe, 2024-09-23',
} as const satisfies Rule

export const snpSharedAboveVtom = {
  id: 'snp.tio/shared-above-vtom',
  statement: 'Such a device addresses shared memory above the vTOM of its secure entry.',
  force: 'must',
  source: sevTioGuest,
  at: 'tio_tdi_sdte_write(), sdte.vtom, cc_shared_dma_offset',
} as const satisfies Rule
