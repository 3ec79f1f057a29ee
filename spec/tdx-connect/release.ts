import type { Rule } from '../rule.js'
import { openvmmRelease, pageReleaseSeries, pageReleaseSeriesV2, thread2025 } from '../sources.js'

export const guestReleasesFirst = {
  id: 'tdx.page-release/before-shared',
  statement: 'Where pages are to be released, the guest releases an accepted page before it asks for shared.',
  force: 'must',
  source: pageReleaseSeries,
  at: '20260604093551.1511079-7, tdx_enc_status_changed(); a draft; v2 has no such patch',
} as const satisfies Rule

export const releaseAtUnplugAlone = {
  id: 'tdx.page-release/unplug-alone',
  statement: 'A guest may release memory only when it is unplugged, and ask for shared without a release before it.',
  force: 'may',
  source: pageReleaseSeriesV2,
  at: '4/6, tdx_unaccept_memory(); 5/6 and 6/6, unaccept_memory(); tdx_enc_status_changed() is not touched',
} as const satisfies Rule

export const releaseBeforeBlock = {
  id: 'tdx.page-release/before-block',
  statement:
    'A TD may be so configured that the host cannot block a page which the guest has accepted and not released; with ' +
    'TDX Connect it always is.',
  force: 'may',
  source: thread2025,
  at: 'Xu Yilun, 21 Jul 2025, lkml 2507.2/06615',
} as const satisfies Rule

export const releaseMakesPending = {
  id: 'tdx.page-release/makes-pending',
  statement:
    'PAGE.RELEASE makes a page that the guest has accepted pending again; of one that is pending, or memory of a ' +
    'device, it fails with TDX_EPT_ENTRY_STATE_INCORRECT, of a free entry with TDX_EPT_ENTRY_FREE.',
  force: 'must',
  source: openvmmRelease,
  at: 'tdcall_release_page(), EntryStateInvalid, NotAllocated; the series 20260604093551.1511079-6, try_release_one()',
} as const satisfies Rule

export const releaseBusy = {
  id: 'tdx.page-release/busy',
  statement:
    'PAGE.RELEASE may find its operand busy (TDX_OPERAND_BUSY) or of another size (TDX_PAGE_SIZE_MISMATCH, which ' +
    'names the size); it changes nothing then.',
  force: 'may',
  source: openvmmRelease,
  at: 'tdcall_release_page(), Busy, PageSizeMismatch; release_pages(), Retry4k',
} as const satisfies Rule

export const releaseUndone = {
  id: 'tdx.page-release/undone',
  statement:
    'A release that fails half way is undone by accepting; after a MapGPA that fails half way nothing is undone.',
  force: 'must',
  source: pageReleaseSeries,
  at: '20260604093551.1511079-6, tdx_release_memory(); -7, tdx_enc_status_changed(); a draft',
} as const satisfies Rule
