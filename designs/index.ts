import { freedDelegated, incompleteIgnored, smmuMissed, syncNotAwaited, vmidMissed } from './architectures/arm-cca.js'
import {
  atcInvalidated,
  atcInvalidatedFirst,
  completedInBatch,
  completedLate,
  notForwarded,
  shareNotPassed,
} from './architectures/pkvm.js'
import { iofenceNotAwaited, iommuMissed, notKicked, notReclaimed } from './architectures/riscv-cove.js'
import {
  assignFirst,
  enabledUnverified,
  failedIsFreed,
  failedIsShared,
  leafFirst,
  notSmashed,
  privateKept,
  stoppedEnabled,
} from './architectures/sev-snp.js'
import {
  iommusNotAsked,
  refusalIgnored,
  sharedHalfForgotten,
  statusNotAwaited,
  unreleased,
} from './architectures/tdx-connect.js'
import { bitmapAfter, bitmapBefore, bitmapRolledBack } from './bitmap.js'
import { bouncePool } from './bounce-pool.js'
import { type Design, fullName } from './design.js'
import { hitlessCoalesce, hitlessCut, hitlessCutPageFlush } from './hitless.js'
import {
  callerCharged,
  devicesCounted,
  mapsUnpinned,
  pinsDropped,
  sealsFile,
  secondForgotten,
  slotsUnmapped,
  slotsUnmappedLate,
  twoContainers,
} from './host-memory.js'
import {
  attributesFirstIgnoring,
  attributesFirstStops,
  discardErrorsIgnored,
  enoentIsDone,
  flushByOneWord,
  flushErrorsIgnored,
  flushRepeated,
  oneRegion,
  regionByRegion,
  regionsHalfWay,
  regionsUndone,
  unmapErrorsIgnored,
} from './ignored-errors.js'
import { convertsAtFault, repeatsAtFault, replays, sizeIgnored, sizeRead, unskipped } from './lifecycle.js'
import { mirrorGuestMemfd } from './mirror-guest-memfd.js'
import {
  atsUntagged,
  attributesFirst,
  attributesFirstUndone,
  cpuFlushNotAwaited,
  deferredFlush,
  fdOffset,
  mapFirst,
  mapsAtOnce,
  onDemand4k,
  superpageAtStart,
  tableStored,
} from './on-demand-4k.js'
import { byAsked, byRemoved, byRuns, onDemandSuperpage } from './on-demand-superpage.js'
import { pinAll } from './pin-all.js'
import { punchHoles } from './punch-holes.js'
import {
  atsAfterFlush,
  atsBeforeFlush,
  contextByWords,
  contextNotFlushed,
  idFlushedByPage,
  replaceDomain,
} from './replace-domain.js'
import { sharedAlias } from './shared-alias.js'

/**
 * The designs of the thread and what became of them, in the order of their story.
 *
 * @example
 * for (const design of designs) dmaSuite(design)
 */
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
  hitlessCut,
  hitlessCutPageFlush,
  hitlessCoalesce,
  replaceDomain,
  deferredFlush,
  mirrorGuestMemfd,
  bouncePool,
]

/** Variants with one fault, or without it, that some question is about: the plain comparison leaves them out. */
export const questionedDesigns: readonly Design[] = [
  cpuFlushNotAwaited,
  contextNotFlushed,
  contextByWords,
  attributesFirstUndone,
  attributesFirstIgnoring,
  unmapErrorsIgnored,
  discardErrorsIgnored,
  enoentIsDone,
  bitmapBefore,
  bitmapRolledBack,
  bitmapAfter,
  unskipped,
  replays,
  convertsAtFault,
  repeatsAtFault,
  slotsUnmapped,
  slotsUnmappedLate,
  mapsUnpinned,
  sealsFile,
  attributesFirstStops,
  oneRegion,
  regionByRegion,
  regionsHalfWay,
  regionsUndone,
  atsUntagged,
  flushErrorsIgnored,
  flushByOneWord,
  flushRepeated,
  mapsAtOnce,
  tableStored,
  atsBeforeFlush,
  atsAfterFlush,
  idFlushedByPage,
  byAsked,
  byRemoved,
  byRuns,
  sizeIgnored,
  sizeRead,
  twoContainers,
  secondForgotten,
  pinsDropped,
  callerCharged,
  assignFirst,
  leafFirst,
  failedIsFreed,
  failedIsShared,
  notSmashed,
  privateKept,
  enabledUnverified,
  stoppedEnabled,
  smmuMissed,
  syncNotAwaited,
  notReclaimed,
  notKicked,
  iommuMissed,
  iofenceNotAwaited,
  incompleteIgnored,
  freedDelegated,
  vmidMissed,
  completedInBatch,
  completedLate,
  notForwarded,
  shareNotPassed,
  atcInvalidated,
  atcInvalidatedFirst,
  devicesCounted,
  iommusNotAsked,
  sharedHalfForgotten,
  unreleased,
  refusalIgnored,
  statusNotAwaited,
]

export const allDesigns: readonly Design[] = [...designs, ...questionedDesigns]

/**
 * A design of the catalogue by its full name; undefined if there is none.
 *
 * @example
 * findDesign('on-demand-4k/map-first')
 */
export function findDesign(name: string): Design | undefined {
  return allDesigns.find((design) => fullName(design) === name)
}

export { type Design, type Driver, fullName, hostOf, kvmArchitecture, notApplicable, withoutVmLock } from './design.js'
