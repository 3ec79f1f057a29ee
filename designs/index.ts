import { bitmapAfter, bitmapBefore, bitmapRolledBack } from './bitmap.js'
import { bouncePool } from './bounce-pool.js'
import { type Design, fullName } from './design.js'
import { hitlessCoalesce, hitlessCut, hitlessCutPageFlush } from './hitless.js'
import { attributesFirstIgnoring, discardErrorsIgnored, enoentIsDone, unmapErrorsIgnored } from './ignored-errors.js'
import { mirrorGuestMemfd } from './mirror-guest-memfd.js'
import {
  attributesFirst,
  attributesFirstUndone,
  deferredFlush,
  fdOffset,
  mapFirst,
  onDemand4k,
  superpageAtStart,
} from './on-demand-4k.js'
import { onDemandSuperpage } from './on-demand-superpage.js'
import { pinAll } from './pin-all.js'
import { punchHoles } from './punch-holes.js'
import { replaceDomain } from './replace-domain.js'
import { sharedAlias } from './shared-alias.js'

/** The designs of the thread and what became of them, in the order of their story. */
export const designs: readonly Design[] = [
  pinAll,
  sharedAlias,
  punchHoles,
  onDemandSuperpage,
  onDemand4k,
  superpageAtStart,
  mapFirst,
  fdOffset,
  attributesFirst,
  attributesFirstUndone,
  attributesFirstIgnoring,
  unmapErrorsIgnored,
  discardErrorsIgnored,
  enoentIsDone,
  bitmapBefore,
  bitmapRolledBack,
  bitmapAfter,
  hitlessCut,
  hitlessCutPageFlush,
  hitlessCoalesce,
  replaceDomain,
  deferredFlush,
  mirrorGuestMemfd,
  bouncePool,
]

export function findDesign(name: string): Design | undefined {
  return designs.find((design) => fullName(design) === name)
}

export { type Design, type Driver, fullName, hostOf, notApplicable, withoutVmLock } from './design.js'
