import { accountsBalance, singleBacking } from './accounts.js'
import { callsAsPromised } from './calls.js'
import { conversionEnds } from './conversion-ends.js'
import { blockedIsRecorded, errorsAsDocumented } from './errors.js'
import { privateIntegrity, septProtocol } from './guest.js'
import { entryLimit } from './limits.js'
import type { Property } from './property.js'
import { hostSurvives, noPrivateReach, noSharedFault, noStaleFrame } from './reach.js'

/**
 * All thirteen, in the order in which verdicts are printed.
 *
 * @example
 * properties.map(({ name, statement }) => `${name}: ${statement}`)
 */
export const properties: readonly Property[] = [
  noPrivateReach,
  noSharedFault,
  noStaleFrame,
  hostSurvives,
  privateIntegrity,
  singleBacking,
  accountsBalance,
  entryLimit,
  errorsAsDocumented,
  callsAsPromised,
  blockedIsRecorded,
  septProtocol,
  conversionEnds,
]

export { brokenEnd, conversionEnds, neverEnds } from './conversion-ends.js'
export { endsFairly, fairRounds, unfairEndText } from './fair-continuation.js'
export { Monitor } from './monitor.js'
export { type Clause, type Property, property } from './property.js'
