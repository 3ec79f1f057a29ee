import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { Gfn } from '../model/machine/units.js'
import type { Rule } from '../spec/index.js'
import { type Clause, type Property, ruleOn } from './property.js'

/** A property that failed at a step: by which clause, where, and in words. */
export interface PropertyFailure {
  readonly property: Property
  readonly clause: Clause
  /** The rule that is broken. */
  readonly rule: Rule
  /** -1 if it is of no page. */
  readonly gfn: Gfn
  readonly why: string
}

/** What a trace says of a failure: its sentence, the id of the rule that is broken, and the page, if it is of one. */
export const broken = ({ why, rule, gfn }: PropertyFailure): { why: string; broken: string; page?: Gfn } => ({
  why,
  broken: rule.id,
  ...(gfn < 0 ? {} : { page: gfn }),
})

function failsAt(m: Machine, s: State, holdsAt: Exclude<Property['holdsAt'], undefined>): number {
  const { touched } = m
  for (let range = 0; range < touched.count; range += 1) {
    const end = touched.ends[range]
    for (let gfn = touched.firsts[range]; gfn < end; gfn += 1) if (!holdsAt(m, s, gfn)) return gfn
  }
  return -1
}

/** The failure of a property after the last step; undefined if it holds. @throws Error if no clause explains it */
export function failureOf(m: Machine, s: State, property: Property): PropertyFailure | undefined {
  const isFine = property.holdsAfter?.(m, s) !== false && property.holdsIn?.(m, s) !== false
  if (isFine && (property.holdsAt === undefined || failsAt(m, s, property.holdsAt) < 0)) return undefined
  for (const clause of property.clauses) {
    const gfn = clause.holdsAt === undefined ? -1 : failsAt(m, s, clause.holdsAt)
    if (gfn < 0 && clause.holdsAfter?.(m, s) !== false && clause.holdsIn?.(m, s) !== false) continue
    return { property, clause, rule: ruleOn(m, clause), gfn, why: clause.explain(m, s, gfn) }
  }
  throw new Error(`${property.name} fails, and no clause of it does`)
}
