/** Mutants that no property kills, and why: in all that the properties judge, the machine behaves as before. */
export interface EquivalentMutants {
  readonly groups: RegExp
  readonly mutants: RegExp
  readonly because: string
  /** Id of the rule on which the reason rests. */
  readonly rule?: string
}

/** An entry of the list. */
export const equivalent = (groups: RegExp, mutants: RegExp, because: string, rule?: string): EquivalentMutants => ({
  groups,
  mutants,
  because,
  ...(rule === undefined ? {} : { rule }),
})
