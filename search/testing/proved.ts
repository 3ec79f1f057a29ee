import { must } from '../../base/result.js'
import { makeOwnMemory } from '../../checker/memory/store-memory.js'
import type { Design } from '../../designs/index.js'
import { properties } from '../../properties/index.js'
import { withDesigns } from '../catalogue/catalogue.js'
import { proveMachine } from '../exhaustive/verdicts.js'
import type { MachineConfigInput } from '../machine-config.js'
import { checkMachine, type Verdict } from '../verdict.js'

/** For tests: all properties that need no part, and no failure unless the scope has some. */
const askedOf = ({ scope }: MachineConfigInput): string[] =>
  properties
    .filter(({ parts, needsFailures }) => parts.length === 0 && (needsFailures !== true || (scope.failures ?? 0) > 0))
    .map(({ name }) => name)

/**
 * Explores every state of a machine.
 *
 * @param states that there is room for
 * @returns the length of a shortest violation, by property; none where all hold, or are not applicable
 * @throws Error if the search ends early, or a property is vacuous
 */
export function violatedBy(
  setup: MachineConfigInput,
  names = askedOf(setup),
  own: readonly Design[] = [],
  states = 900_000,
): Record<string, number | null> {
  const options = { catalogue: withDesigns(...own) }
  const { verdicts } = must(proveMachine(setup, names, (packing) => makeOwnMemory(packing, states), options))
  const open = verdicts.find(({ verdict }) => verdict === 'inconclusive' || verdict === 'vacuous')
  if (open !== undefined) throw new Error(`${open.property} is ${open.verdict}: ${open.why}`)
  const violated = verdicts.filter(({ verdict }) => verdict === 'violated')
  return Object.fromEntries(violated.map(({ property, steps }) => [property, steps]))
}

/** What `check` says of one property of a machine within ten seconds. */
export function checkedIn10s(
  setup: MachineConfigInput,
  property: string,
  { own = [], seed = 1 }: { readonly own?: readonly Design[]; readonly seed?: number } = {},
): Verdict {
  const options = { seed, runs: 50_000, length: 80, seconds: 10 }
  const [verdict] = must(checkMachine(setup, [property], options, withDesigns(...own)))
  if (verdict === undefined) throw new Error(`there is no property ${property}`)
  return verdict
}
