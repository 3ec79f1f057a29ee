import type { Rule } from '../rule.js'
import { tdxModule20, thread2026 } from '../sources.js'

export const sharedRootByHost = {
  id: 'tdx.shared-half/root-entry',
  statement:
    'The host writes the entry of the shared half in the root of the secure EPT, and the module does not look at ' +
    'what it leads to: a trusted device reaches shared pages by an EPT of the host.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_mem_shared_sept_wr.c',
} as const satisfies Rule

export const sharedHalfUnmapped = {
  id: 'tdx.shared-half/unmap-before-private',
  statement:
    'The shared I/O entry of a page is removed before the page becomes private: from the tables of untrusted DMA, ' +
    'and from what trusted DMA goes by.',
  force: 'must',
  source: thread2026,
  at: 'Xu Yilun, 27 Feb 2026, lkml 2602.3/08550, T=0 and T=1 tables',
} as const satisfies Rule

export const privateHalfByModule = {
  id: 'tdx.private-half/no-notice',
  statement:
    'Trusted DMA to private pages goes by the secure EPT itself: nothing tells the driver of the device of a ' +
    'conversion.',
  force: 'must',
  source: thread2026,
  at: 'Xu Yilun, 27 Feb 2026, lkml 2602.3/08550',
} as const satisfies Rule
