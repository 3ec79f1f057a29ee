import { type Code, codeLength } from '../model/action.js'
import { initialState } from '../model/initial.js'
import type { Machine } from '../model/machine.js'
import type { Coverage } from '../model/relation.js'
import type { State } from '../model/state.js'
import { isEnabled, step } from '../model/step.js'
import { conversionEnds, endsFairly, type Property } from '../properties/index.js'
import { type Failure, failureOf } from '../properties/judge.js'

/** A run from the initial state: actions as codes, in order. */
export type Run = readonly Int32Array[]

/** A machine with its initial state, and two states to work in. Made once, used by every search of the machine. */
export class Bench {
  readonly initial: State
  readonly state: State
  readonly spare: State

  constructor(readonly machine: Machine) {
    this.initial = initialState(machine)
    this.state = machine.blankState()
    this.spare = machine.blankState()
  }

  reset(): void {
    this.state.bytes.set(this.initial.bytes)
  }
}

/** What a run of actions did: the actions that were enabled when their turn came, and the property that failed. */
export interface Replayed {
  readonly taken: Run
  readonly failure: Failure | undefined
  /** Index in the given run of the first action that was not enabled, or -1. */
  readonly skipped: number
}

/**
 * Takes a run's actions from the initial state up to the first failure of a property; an action that is not
 * enabled when its turn comes is skipped.
 *
 * @param properties one, or those of which the first to fail ends the run
 * @param seen bits of each property's witness, to be added to
 */
export function replay(
  bench: Bench,
  run: Run,
  properties: Property | readonly Property[],
  coverage?: Coverage,
  seen?: Int32Array,
): Replayed {
  const { machine: m, state: s } = bench
  const asked = 'name' in properties ? [properties] : properties
  const scratch = new Int32Array(codeLength)
  const taken: Int32Array[] = []
  let skipped = -1
  bench.reset()
  for (const [index, action] of run.entries()) {
    if (!isEnabled(m, s, action, scratch)) {
      if (skipped < 0) skipped = index
      continue
    }
    step(m, s, action, coverage)
    taken.push(action)
    for (const [at, property] of asked.entries()) {
      if (seen !== undefined) seen[at] |= property.seen(m, s)
      const failure = failureOf(m, s, property)
      if (failure !== undefined) return { taken, failure, skipped }
    }
  }
  const failure = asked.map((property) => endFailure(bench, property)).find((found) => found !== undefined)
  return { taken, failure, skipped }
}

/** Whether a run, judged as a whole at its end, leaves a conversion that never ends. */
export function endFailure(bench: Bench, property: Property): Failure | undefined {
  if (property !== conversionEnds) return undefined
  bench.spare.bytes.set(bench.state.bytes)
  if (endsFairly(bench.machine, bench.spare)) return undefined
  return { property, gfn: -1, why: property.explain(bench.machine, bench.spare, -1) }
}

export type { Code }
