import type { Rule } from '../rule.js'
import { linux72, thread2021, thread2026 } from '../sources.js'

export const privateKeyIdAborts = {
  id: 'tdx.dma/private-key-id',
  statement: 'A DMA whose translation carries a private key id is aborted and reported as a remapping fault.',
  force: 'must',
  source: thread2021,
  at: 'Yu Zhang, 2 Sep 2021, 20210902083453.aeouc6fob53ydtc2@linux.intel.com, first rule',
} as const satisfies Rule

export const privateGpaMayAbort = {
  id: 'tdx.dma/private-gpa',
  statement:
    'A DMA whose input address is a private GPA (SHARED clear) may be aborted and reported as a remapping fault.',
  force: 'may',
  source: thread2021,
  at: 'Yu Zhang, 2 Sep 2021, 20210902083453.aeouc6fob53ydtc2@linux.intel.com, second rule',
} as const satisfies Rule

export const untrustedDmaSharedOnly = {
  id: 'tdx.dma/shared-only',
  statement: 'The host maps only the pages that are shared now for a device that the TD does not trust.',
  force: 'must',
  source: thread2021,
  at: 'David Hildenbrand, 1 Sep 2021; agreed in 20210902083453.aeouc6fob53ydtc2@linux.intel.com',
} as const satisfies Rule

export const untrustedDmaContained = {
  id: 'tdx.dma/private-contained',
  statement: 'An untrusted DMA that reaches a private page may end as a fault of that one transaction.',
  force: 'may',
  source: thread2021,
  at: 'Yu Zhang, 2 Sep 2021, 20210902083453.aeouc6fob53ydtc2@linux.intel.com, both rules',
} as const satisfies Rule

export const untrustedDmaHostFatal = {
  id: 'tdx.dma/private-host-fatal',
  statement: 'An untrusted DMA that reaches a private page by an ordinary entry may end the host by machine check.',
  force: 'may',
  source: thread2026,
  at: 'Xu Yilun, 27 Feb 2026, lkml.iu.edu 2602.3/07057',
} as const satisfies Rule

export const unmapBeforePrivate = {
  id: 'tdx.dma/unmap-before-private',
  statement: 'For the host to stay up, the shared I/O entry of a page is removed before the page becomes private.',
  force: 'must',
  source: thread2026,
  at: 'Xu Yilun, 27 Feb 2026, lkml.iu.edu 2602.3/08550',
} as const satisfies Rule

export const privateKeyNotInHostEntry = {
  id: 'tdx.dma/host-entry-has-no-private-key',
  statement: 'Private key ids work in SEAM mode only, so no I/O entry that the host writes may carry one.',
  force: 'must',
  source: linux72,
  at: 'Documentation/arch/x86/tdx.rst, TDX Host Kernel Support',
} as const satisfies Rule

export const trustedDmaSecureEpt = {
  id: 'tdx.dma/trusted-walks-secure-ept',
  statement: 'A device that the TD trusts translates through the secure EPT, which the host neither fills nor edits.',
  force: 'may',
  source: thread2026,
  at: 'Xu Yilun, 27 Feb 2026, lkml.iu.edu 2602.3/07057 and 08550',
} as const satisfies Rule
