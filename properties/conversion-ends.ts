import { failing } from '../model/actions/relation.js'
import { ConversionEnd } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import {
  inPlaceGuestRetries,
  iommufdMapMemlock,
  mapGpaInvalid,
  mapGpaPrefix,
  mapGpaResume,
  mapGpaRetryAgain,
  memslotLimit,
  qemuStops,
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
  if (injected || rule === m.program.refuses) return true
  return m.event.wasNoop === 0 && bounds.includes(rule)
}

/** Whether a refusal left the pages before it converted, and the others as the guest knew them. */
const leftAsTold = ({ event }: Machine) => event.asAsked === 1 && event.asTold === 1 && event.tookAway === 0

/** Whether a conversion that ended in this step did so as asked, or with an error documented for its cause. */
export function endedWell(m: Machine): boolean {
  if (m.event.conversion === ConversionEnd.Done) return m.event.asAsked === 1 && m.event.tookAway === 0
  if (m.event.conversion === ConversionEnd.Stray) return m.event.asTold === 1
  if (m.event.conversion === ConversionEnd.Stopped) return refusalIsDocumented(m)
  return m.event.conversion !== ConversionEnd.Refused || (refusalIsDocumented(m) && leftAsTold(m))
}

const directions = (m: Machine) => {
  if (m.event.conversion === ConversionEnd.Refused && m.program.refuses !== undefined) return 2
  return m.event.conversion === ConversionEnd.Done ? 1 << m.event.toPrivate : 0
}

/** How the conversion that the last step ended is not as it must be. */
export function badEndText(m: Machine): string {
  if (m.event.conversion === ConversionEnd.Stray) return 'a stray load turns a page from what the guest was told'
  if (m.event.conversion === ConversionEnd.Stopped) return 'the VM is stopped, with no failure that a rule documents'
  if (m.event.tookAway === 1) return 'a request for what is so already takes a mapping, a pin or a frame away'
  if (m.event.conversion === ConversionEnd.Done) return 'the guest is told that a conversion is done, and it is not'
  return refusalIsDocumented(m)
    ? 'a conversion is refused, and a page does not have the attribute that the guest was told'
    : 'a conversion is refused for no cause that a rule documents'
}

export const conversionEnds: Property = {
  name: 'conversion-ends',
  statement:
    'Every conversion ends under fair scheduling: as asked, with an error documented for its cause and every page as ' +
    'the guest was told, or, where the design has a rule for that, by a stopped VM after such an error. One for what ' +
    'is so already leaves what it found.',
  rules: [qemuStops, mapGpaRetryAgain, mapGpaInvalid, mapGpaResume, mapGpaPrefix, inPlaceGuestRetries],
  parts: [],
  ofEvents: true,
  holdsAfter: endedWell,
  explain: badEndText,
  witness: 'a conversion succeeds in each direction (or, by the rule of a fixed pool, to shared and never again)',
  witnessBits: directions,
  fullWitness: 3,
}
