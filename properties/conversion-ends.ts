import { ConversionEnd } from '../model/event.js'
import type { Machine } from '../model/machine.js'
import { failing } from '../model/relation.js'
import {
  inPlaceGuestRetries,
  iommufdMapMemlock,
  mapGpaInvalid,
  mapGpaRetryAgain,
  memslotLimit,
  type Rule,
  typeMapLimit,
  typeMapMemlock,
} from '../spec/index.js'
import type { Property } from './property.js'

/** Causes that end a conversion with an error and are no fault of the design: a bound is used up. */
const bounds: readonly Rule[] = [typeMapLimit, typeMapMemlock, iommufdMapMemlock, memslotLimit]

/** Whether the refusal that just ended a conversion has a cause that is documented and was present. */
function refusalIsDocumented(m: Machine): boolean {
  if (m.event.endCause < 0) return false
  const { rule, injected } = failing[m.event.endCause]
  return injected || bounds.includes(rule) || rule === m.program.refuses
}

/** Whether a conversion that ended in this step did so as asked, or with an error documented for its cause. */
export function endedWell(m: Machine): boolean {
  if (m.event.conversion === ConversionEnd.Done) return m.event.asAsked === 1
  return m.event.conversion !== ConversionEnd.Refused || refusalIsDocumented(m)
}

const directions = (m: Machine) => {
  if (m.event.conversion === ConversionEnd.Refused && m.program.refuses !== undefined) return 2
  return m.event.conversion === ConversionEnd.Done ? 1 << m.event.toPrivate : 0
}

export const conversionEnds: Property = {
  name: 'conversion-ends',
  says: 'Every conversion ends under fair scheduling: as asked, or with an error documented for its cause.',
  rules: [mapGpaRetryAgain, mapGpaInvalid, inPlaceGuestRetries],
  parts: [],
  holdsAfter: endedWell,
  explain: (m) => {
    if (m.event.conversion === ConversionEnd.Done) return 'the guest is told that a conversion is done, and it is not'
    return m.event.conversion === ConversionEnd.Refused
      ? 'a conversion is refused for no cause that a rule documents'
      : 'a conversion goes on for ever though everything else does its part'
  },
  witness: 'a conversion succeeds in each direction (or, by the rule of a fixed pool, to shared and never again)',
  seen: directions,
  allSeen: 3,
}
