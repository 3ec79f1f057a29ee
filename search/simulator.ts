import type { Coverage } from '../model/actions/relation.js'
import { isEnabled, step } from '../model/actions/step.js'
import { initialState } from '../model/initial-state.js'
import { type Code, codeLength } from '../model/machine/action.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import { failureOf, type PropertyFailure } from '../properties/failure.js'
import { brokenEnd, conversionEnds, endsFairly, type Property, unfairEndText } from '../properties/index.js'
import { type RecordedState, restoreState } from './recorded-state.js'

/**
 * A run from the initial state: actions as codes, in order.
 *
 * @example
 * const shorter: Run = run.slice(0, -1)
 */
export type Run = readonly Int32Array[]

/** Bytes above which a state is not copied: the initial one is built again instead. */
const maxCopiedBytes = 64 * 1024 * 1024

/**
 * A machine with a state to work in: built once, and used by every search and replay of the machine.
 *
 * @example
 * const simulator = new Simulator(built.value.machine)
 */
export class Simulator {
  readonly state: State
  /** The recorded state in which it begins; undefined if the machine booted. */
  readonly start: RecordedState | undefined
  private readonly initial: State | undefined
  private readonly spare: State
  private fresh = true

  /**
   * @param start a recorded initial state, taken in the place of a boot, in which then no call has failed; the machine
   * boots if it is none of its states
   */
  constructor(
    readonly machine: Machine,
    start?: RecordedState,
  ) {
    this.state = machine.blankState()
    this.start = start !== undefined && restoreState(this.state, start) ? start : undefined
    if (this.start === undefined) initialState(machine, this.state)
    else machine.bootCause = -1
    const small = this.state.bytes.length <= maxCopiedBytes
    this.initial = small ? machine.blankState() : undefined
    this.initial?.bytes.set(this.state.bytes)
    this.spare = small ? machine.blankState() : this.state
  }

  /** Puts the initial state back, as if every page had just been touched. */
  reset(): void {
    if (this.initial !== undefined) this.state.bytes.set(this.initial.bytes)
    else if (!this.fresh) this.beginAgain()
    this.fresh = false
    this.machine.event.clear()
    this.machine.event.cause = this.machine.bootCause
    this.machine.touched.clear()
    this.machine.touched.all()
  }

  private beginAgain(): void {
    if (this.start === undefined) initialState(this.machine, this.state)
    else {
      this.state.bytes.fill(0)
      restoreState(this.state, this.start)
    }
  }

  /** A state like the present one to try things on; in a large guest it is the present one, which is used up. */
  workingCopy(): State {
    if (this.spare !== this.state) this.spare.bytes.set(this.state.bytes)
    return this.spare
  }
}

/**
 * What a run of actions did: the actions that were enabled when their turn came, and the property that failed.
 *
 * @example
 * const { taken, failure }: Replayed = replay(simulator, run, property)
 */
export interface Replayed {
  readonly taken: Run
  readonly failure: PropertyFailure | undefined
  /** Index in the given run of the first action that was not enabled, or -1. */
  readonly skipped: number
}

/**
 * Takes a run's actions from the initial state up to the first failure of a property; an action that is not
 * enabled when its turn comes is skipped.
 *
 * @param properties one, or several: the first that fails ends the run
 * @param seen bits of each property's witness, to be added to
 *
 * @example
 * replay(simulator, run, property).failure?.property
 */
export function replay(
  simulator: Simulator,
  run: Run,
  properties: Property | readonly Property[],
  coverage?: Coverage,
  seen?: Int32Array,
): Replayed {
  const { machine: m, state: s } = simulator
  const asked = 'name' in properties ? [properties] : properties
  const scratch = new Int32Array(codeLength)
  const taken: Int32Array[] = []
  let skipped = -1
  simulator.reset()
  for (const property of asked) {
    const failure = failureOf(m, s, property)
    if (failure !== undefined) return { taken, failure, skipped }
  }
  for (const [index, action] of run.entries()) {
    if (!isEnabled(m, s, action, scratch)) {
      if (skipped < 0) skipped = index
      continue
    }
    step(m, s, action, coverage)
    taken.push(action)
    for (const [at, property] of asked.entries()) {
      if (seen !== undefined) seen[at] |= property.witnessBits(m, s)
      const failure = failureOf(m, s, property)
      if (failure !== undefined) return { taken, failure, skipped }
    }
  }
  const failure = asked.map((property) => endFailure(simulator, property)).find((ending) => ending !== undefined)
  return { taken, failure, skipped }
}

/** The failure of `conversion-ends` at the end of a run: under fair scheduling from here, a conversion does not end. */
export function endFailure(simulator: Simulator, property: Property): PropertyFailure | undefined {
  if (property !== conversionEnds) return undefined
  const s = simulator.workingCopy()
  if (endsFairly(simulator.machine, s)) return undefined
  // A large guest has no second state: there the sentence stays without the waits and the call.
  const { machine: m } = simulator
  const why = s === simulator.state ? brokenEnd(m, s).explain(m, s, -1) : unfairEndText(m, simulator.workingCopy())
  const clause = brokenEnd(m, s)
  return { property, clause, rule: clause.rule, gfn: -1, why: `left to continue fairly from here, ${why}` }
}

export type { Code }
