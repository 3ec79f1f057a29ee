import { Attr } from '../../../model/machine/state.js'
import { GuestView } from '../../../model/plan/interpreter.js'
import type { PageTest } from './make.js'

// What loops look for in a page.

/** Whether a mapping has the page. */
export const isMapped: PageTest = (_, s, at) => s.mapOf[at] !== 0
/** Whether the page is shared by its attribute, and no mapping has it. */
export const isSharedUnmapped: PageTest = (_, s, at) => s.mapOf[at] === 0 && s.attr[at] === Attr.Shared
/**
 * Shared already, but not acknowledged to the guest: a refused conversion has to undo it, also where another vCPU of a
 * guest that races itself asks for the page as private at the time.
 */
export const isUnacknowledged: PageTest = (_, s, at) =>
  s.attr[at] === Attr.Shared && s.guestView[at] !== GuestView.Shared

/**
 * Private already, and the guest has no answer yet, or the shared side is still there: a refused conversion has to undo
 * it. The latter counts where a guest races itself, and another vCPU's answer came in between.
 */
export const isUnansweredPrivate: PageTest = (_, s, at) =>
  s.attr[at] === Attr.Private && (s.guestView[at] === GuestView.BecomingPrivate || s.sharedFrame[at] !== 0)
