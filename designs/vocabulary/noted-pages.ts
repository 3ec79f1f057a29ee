import { Attr } from '../../model/machine/state.js'
import type { Loop, Range } from '../../model/plan/plan.js'
import { pages } from './loops/make.js'
import { isUnacknowledged } from './loops/tests-of-pages.js'

/** Pages that the VMM's own bitmap has as shared. */
export const eachNotedPage = (range: Range): Loop => pages('noted page', range, 'page', (_, s, at) => s.noted[at] === 1)
/** Pages of a range that the VMM's own bitmap does not have as shared. */
export const eachUnnotedPage = (range: Range): Loop =>
  pages('unnoted page', range, 'page', (_, s, at) => s.noted[at] === 0)
/** Pages whose attribute is shared, and that the VMM's own bitmap does not have so. */
export const eachSharedUnnotedPage = (range: Range): Loop =>
  pages('shared, unnoted page', range, 'page', (_, s, at) => s.attr[at] === Attr.Shared && s.noted[at] === 0)
/**
 * Shared pages that the VMM's own bitmap has so, and that the guest was not told to be shared: also those that another
 * vCPU of a guest that races itself asks for as private at the time.
 */
export const eachUnacknowledgedNotedPage = (range: Range): Loop =>
  pages(
    'unacknowledged, noted page',
    range,
    'page',
    (m, s, at, v) => isUnacknowledged(m, s, at, v) && s.noted[at] === 1,
  )
