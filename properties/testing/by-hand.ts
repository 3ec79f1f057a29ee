import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../../model/build-machine.js'
import type { Machine } from '../../model/machine/machine.js'
import { type Part, withParts } from '../../model/machine/parts.js'
import { type Platform, presets } from '../../model/machine/platform.js'
import { makeScope, type ScopeInput } from '../../model/machine/scope.js'
import type { State } from '../../model/machine/state.js'
import { idleHost } from '../../model/plan/idle-host.js'
import type { Host } from '../../model/plan/plan.js'
import { ManualMachine } from '../../model/testing/manual-machine.js'
import { failureOf, type PropertyFailure } from '../failure.js'
import type { Clause, Property } from '../property.js'

/** What a machine made by hand has beyond the defaults. */
export interface Unlike {
  readonly scope?: ScopeInput
  readonly platform?: Partial<Platform>
  readonly parts?: readonly Part[]
  readonly host?: Partial<Host>
}

/** For tests: a machine whose host does nothing, in its first state, as if its last step had touched every page. */
export function byHand({ scope = {}, platform = {}, parts = [], host = {} }: Unlike = {}): ManualMachine {
  const settings = { ...presets['linux-7.2'], ...platform }
  const made = machineFrom(must(makeScope(scope)), settings, withParts(...parts), { ...idleHost, ...host })
  const one = new ManualMachine(made)
  made.touched.all()
  return one
}

/** A state that breaks a clause, and the sentence that says so. */
export interface Breach {
  readonly that: string
  readonly on?: Unlike
  readonly spoil: (m: Machine, s: State) => unknown
  /** The rule that is broken, and the sentence: `RULE: SENTENCE`, with ` at PAGE` behind the rule if there is one. */
  readonly breaks: string
}

/** For tests: does one after the other to a state. */
export const all =
  (...spoils: readonly Breach['spoil'][]): Breach['spoil'] =>
  (m, s) => {
    for (const spoil of spoils) spoil(m, s)
  }

/** A state near to one that breaks a clause, in which the property holds. */
export type Near = Omit<Breach, 'breaks'>

const text = ({ rule, gfn, why }: PropertyFailure): string => `${rule.id}${gfn < 0 ? '' : ` at ${gfn}`}: ${why}`

/** For tests: what a property says of a state; undefined if it holds. */
export function saysOf(property: Property, { on, spoil }: Near): string | undefined {
  const { machine: m, state: s } = byHand(on)
  if (on?.scope?.calls !== true && failureOf(m, s, property) !== undefined) throw new Error('it fails from the start')
  spoil(m, s)
  asksTheSame(property, m, s)
  const failure = failureOf(m, s, property)
  return failure && text(failure)
}

/** The predicates that a property has in place of its clauses' say the same as these. */
function asksTheSame({ name, clauses, holdsAt, holdsIn, holdsAfter }: Property, m: Machine, s: State): void {
  const all = (holds: (clause: Clause) => boolean | undefined) => clauses.every((clause) => holds(clause) ?? true)
  const after = all((clause) => clause.holdsAfter?.(m, s))
  if (after !== (holdsAfter?.(m, s) ?? true)) throw new Error(`${name}: clauses and property differ after the step`)
  const whole = all((clause) => clause.holdsIn?.(m, s))
  if (whole !== (holdsIn?.(m, s) ?? true)) throw new Error(`${name}: clauses and property differ as a whole`)
  for (let gfn = 0; gfn < m.pages; gfn += 1) {
    const at = all((clause) => clause.holdsAt?.(m, s, gfn))
    if (at !== (holdsAt?.(m, s, gfn) ?? true)) throw new Error(`${name}: clauses and property differ at page ${gfn}`)
  }
}

/** For tests: the witness bits of a property after a step. */
export function witnessOf(property: Property, on: Unlike, spoil: Breach['spoil']): number {
  const { machine: m, state: s } = byHand(on)
  spoil(m, s)
  return property.witnessBits(m, s)
}

/** Tests that a property fails in each state that breaks a clause, with its sentence, and holds near to these. */
export function judges(property: Property, breaches: readonly Breach[], near: readonly Near[]): void {
  describe(property.name, () => {
    test.each(breaches)('fails where $that', (breach) => {
      expect(saysOf(property, breach)).toBe(breach.breaks)
    })
    test.each(near)('holds where $that', (one) => {
      expect(saysOf(property, one)).toBeUndefined()
    })
  })
}
