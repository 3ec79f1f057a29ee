import { someAttached } from '../model/actions/host/devices.js'
import { isNoMemory } from '../model/actions/host/slots.js'
import { failing } from '../model/actions/relation.js'
import { hostIsAlive, someVcpuBusy } from '../model/machine/any-active.js'
import { ConversionEnd } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { Ripas, type State } from '../model/machine/state.js'
import { type Gfn, iovfnOf } from '../model/machine/units.js'
import { isCutOff } from '../model/memory/owner-check.js'
import { leafAt, leafFrame } from '../model/memory/page-table.js'
import { GuestView } from '../model/plan/interpreter.js'
import {
  ccaRipasComplete,
  inPlaceGuestRetries,
  iommufdMapMemlock,
  mapGpaDirection,
  mapGpaInvalid,
  mapGpaPrefix,
  mapGpaResume,
  mapGpaRetryAgain,
  mapGpaStateUnseen,
  mapGpaStrayLoad,
  memslotLimit,
  pkvmShareMapsIommu,
  qemuStops,
  type Rule,
  releaseBeforeBlock,
  typeMapLimit,
  typeMapMemlock,
  untrustedDmaSharedOnly,
} from '../spec/index.js'
import { type Clause, ofConversions, property } from './property.js'
import { mapsSharedElsewhere } from './reach.js'

/** Causes that end a conversion with an error and are no fault of the design: a bound is used up. */
const bounds: readonly Rule[] = [typeMapLimit, typeMapMemlock, iommufdMapMemlock, memslotLimit]

/** Whether the refusal that just ended a conversion has a cause that is documented and was present. */
function refusalIsDocumented(m: Machine): boolean {
  if (m.event.endCause < 0) return false
  const { rule, injected } = failing[m.event.endCause]
  if (injected || rule === m.program.refuses) return true
  if (rule === releaseBeforeBlock && m.scope.guest === 'arbitrary') return true // it asked before it released
  return m.event.wasNoop === 0 && bounds.includes(rule)
}

/** Whether a refusal left the pages before it converted, and the others as the guest knew them. */
const leftAsTold = ({ event }: Machine) => event.asAsked === 1 && event.asTold === 1 && event.tookAway === 0

/** Whether a conversion, or a stray load, ended in this step, and the host has nothing left to do. */
const isAtRest = (m: Machine, s: State): boolean =>
  m.event.conversion !== ConversionEnd.None &&
  m.event.conversion !== ConversionEnd.Retry &&
  !m.scope.calls &&
  !someVcpuBusy(m, s) &&
  s.closed[0] === 0 &&
  s.tdDead[0] === 0 &&
  hostIsAlive(s) &&
  someAttached(s)

function isTranslated(m: Machine, s: State, gfn: Gfn): boolean {
  const leaf = leafAt(m, s, s.domain[0], iovfnOf(gfn))
  return leaf !== 0 && !isCutOff(m, s, leafFrame(leaf))
}

/**
 * The first page of the guest's memory that it was told is shared, and that no device can reach, where the last
 * conversion is over; -1 if there is none, or the host may have work left that maps it.
 */
function sharedAndUnmapped(m: Machine, s: State): Gfn {
  if (!isAtRest(m, s)) return -1
  for (let gfn = 0; gfn < m.memoryPages; gfn += 1) {
    if (s.guestView[gfn] !== GuestView.Shared || isNoMemory(m, s, gfn)) continue
    if (!isTranslated(m, s, gfn)) return gfn
  }
  return -1
}

/** Whether the identity map of pKVM keeps devices away from a page which the host has mapped. */
const isKeptAwayFrom = (m: Machine, s: State, gfn: Gfn): boolean =>
  gfn >= 0 && leafAt(m, s, s.domain[0], iovfnOf(gfn)) !== 0

const sayUnmapped: Clause['explain'] = (m, s) =>
  `no conversion is under way any more, and page ${sharedAndUnmapped(m, s)}, which is shared, has no translation`

/**
 * Whether the pages of a conversion that is done have the RIPAS that a realm asked for, and did not race itself. The
 * realm learns of a page that was lost with its memory slot meanwhile when it touches the page.
 */
function hasRipasAsked({ realm, scope, event }: Machine, s: State): boolean {
  if (!realm || event.conversion !== ConversionEnd.Done || scope.guest === 'arbitrary') return true
  const asked = event.toPrivate === 1 ? Ripas.Ram : Ripas.Empty
  for (let gfn = event.endFirst; gfn < event.endEnd; gfn += 1) {
    if (s.ripas[gfn] !== asked && !(scope.slotChanges && s.ripas[gfn] === Ripas.Destroyed)) return false
  }
  return true
}

/** Whether a conversion that ended in this step did so as asked, or with an error documented for its cause. */
export const endedWell = (m: Machine, s: State): boolean =>
  wasAnsweredWell(m) && hasRipasAsked(m, s) && sharedAndUnmapped(m, s) < 0

function wasAnsweredWell(m: Machine): boolean {
  if (m.event.conversion === ConversionEnd.Done) return m.event.asAsked === 1 && m.event.tookAway === 0
  if (m.event.conversion === ConversionEnd.Stray) return m.event.asTold === 1
  if (m.event.conversion === ConversionEnd.Stopped) return refusalIsDocumented(m)
  return m.event.conversion !== ConversionEnd.Refused || (refusalIsDocumented(m) && leftAsTold(m))
}

const directions = (m: Machine) => {
  if (m.event.conversion === ConversionEnd.Refused && m.program.refuses !== undefined) return 2
  return m.event.conversion === ConversionEnd.Done ? 1 << m.event.toPrivate : 0
}

const isRefused = ({ event }: Machine): boolean => event.conversion === ConversionEnd.Refused

/** Judged at the end of a run, and by a search that keeps its steps. */
export const neverEnds: Clause = {
  rule: mapGpaRetryAgain,
  given: [inPlaceGuestRetries],
  explain: () => 'a conversion never ends though every other party does its part',
}

const endClauses: readonly [Clause, ...Clause[]] = [
  {
    rule: mapGpaStrayLoad,
    holdsAfter: ({ event }) => event.conversion !== ConversionEnd.Stray || event.asTold === 1,
    explain: () => 'a stray load turns a page from what the guest was told',
  },
  {
    rule: mapGpaStateUnseen,
    holdsAfter: ({ event }) => !isRequestEnd(event.conversion) || event.tookAway === 0,
    explain: () => 'a request for what is so already takes a mapping, a pin or a frame away',
  },
  {
    rule: mapGpaDirection,
    holdsAfter: ({ event }) => event.conversion !== ConversionEnd.Done || event.asAsked === 1,
    explain: () => 'the guest is told that a conversion is done, and it is not',
  },
  {
    rule: ccaRipasComplete,
    holdsAfter: hasRipasAsked,
    explain: () => 'the realm is told that a conversion is done, and a page does not have the RIPAS that it asked for',
  },
  {
    rule: qemuStops,
    holdsAfter: (m) => m.event.conversion !== ConversionEnd.Stopped || refusalIsDocumented(m),
    explain: () => 'the VM is stopped, with no failure that a rule documents',
  },
  {
    rule: mapGpaInvalid,
    given: [releaseBeforeBlock],
    holdsAfter: (m) => !isRefused(m) || refusalIsDocumented(m),
    explain: () => 'a conversion is refused for no cause that a rule documents',
  },
  {
    rule: mapGpaPrefix,
    holdsAfter: (m) => !isRefused(m) || m.event.asAsked === 1,
    explain: () => 'a conversion is refused, and a page that it converted does not have the attribute asked for',
  },
  {
    rule: mapGpaResume,
    holdsAfter: (m) => !isRefused(m) || m.event.asTold === 1,
    explain: () => 'a conversion is refused, and a page does not have the attribute that the guest was told',
  },
  {
    rule: pkvmShareMapsIommu,
    holdsAfter: (m, s) => !isKeptAwayFrom(m, s, sharedAndUnmapped(m, s)),
    explain: sayUnmapped,
  },
  {
    rule: untrustedDmaSharedOnly,
    on: mapsSharedElsewhere,
    holdsAfter: (m, s) => sharedAndUnmapped(m, s) < 0 || isKeptAwayFrom(m, s, sharedAndUnmapped(m, s)),
    explain: sayUnmapped,
  },
  neverEnds,
]

const isRequestEnd = (end: number): boolean => end === ConversionEnd.Done || end === ConversionEnd.Refused

/** The clause that a conversion breaks which ended in the last step; the last one, if none ended. */
export const brokenEnd = (m: Machine, s: State): Clause =>
  endClauses.find(({ holdsAfter }) => holdsAfter === undefined || !holdsAfter(m, s)) ?? neverEnds

export const conversionEnds = property(
  {
    name: 'conversion-ends',
    statement:
      'Every conversion ends under fair scheduling: as asked, with an error documented for its cause and every page ' +
      'as the guest was told, or, where the design has a rule for that, by a stopped VM after such an error. One for ' +
      'what is so already leaves what it found. When none is under way, each shared page has a translation.',
    clauses: endClauses,
    parts: [],
    notOn: ofConversions,
    ofEvents: true,
    witness: 'a conversion succeeds in each direction (or, by the rule of a fixed pool, to shared and never again)',
    witnessBits: directions,
    fullWitness: 3,
  },
  { holdsAfter: endedWell },
)
