import { ConversionEnd } from '../model/event.js'
import type { Machine } from '../model/machine.js'
import { failing } from '../model/relation.js'
import {
  inPlaceGuestRetries,
  mapGpaInvalid,
  mapGpaRetryAgain,
  memslotLimit,
  type Rule,
  typeMapLimit,
  typeMapMemlock,
} from '../spec/index.js'
import type { Property } from './property.js'

/** Causes that end a conversion with an error and are no fault of the design: a bound is used up. */
const bounds: readonly Rule[] = [typeMapLimit, typeMapMemlock, memslotLimit]

/** Whether the refusal that just ended a conversion has a cause that is documented and was present. */
export function refusalIsDocumented(m: Machine): boolean {
  if (m.event.endCause < 0) return false
  const { rule, injected } = failing[m.event.endCause]
  return injected || bounds.includes(rule) || rule === m.program.refuses
}

const directions = (m: Machine) => {
  if (m.event.conversion === ConversionEnd.Refused && m.program.refuses !== undefined) return 2
  return m.event.conversion === ConversionEnd.Done ? 1 << m.event.toPrivate : 0
}

export const conversionEnds: Property = {
  name: 'conversion-ends',
  says: 'Every conversion can end, and under fair scheduling does: as asked, or with an error documented for its cause.',
  rules: [mapGpaRetryAgain, mapGpaInvalid, inPlaceGuestRetries],
  parts: [],
  holdsAfter: (m) => m.event.conversion !== ConversionEnd.Refused || refusalIsDocumented(m),
  explain: (m) =>
    m.event.conversion === ConversionEnd.Refused
      ? 'a conversion is refused for no cause that a rule documents'
      : 'a conversion goes on for ever though everything else does its part',
  witness: 'a conversion succeeds in each direction (or, by the rule of a fixed pool, to shared and never again)',
  seen: directions,
  allSeen: 3,
}
