import type { Rule } from '../../spec/index.js'
import type { Code } from '../machine/action.js'
import type { Machine, MachineSettings } from '../machine/machine.js'
import type { State } from '../machine/state.js'

/** One way for a step to fail. The state stays as it is; a call around the step says what it undoes. */
export interface Fail {
  readonly rule: Rule
  readonly errno: number
  readonly when: (m: Machine, s: State, a: Code) => boolean
}

/** What the environment may make fail here, within its budget. */
export interface Injected {
  /** `Failure` */
  readonly what: number
  readonly rule: Rule
  readonly errno: number
  /** Whether the step has anything to do that could fail; always, if left out. */
  readonly on?: (m: Machine, s: State, a: Code) => boolean
}

interface Common {
  /** Names of the parameters, in the order of the code. A plan's step has `vcpu` first. */
  readonly parameters: readonly string[]
  /** The rules behind what `apply` does. */
  readonly cites: readonly [Rule, ...Rule[]]
  /** Asked in order; the first that holds is the outcome. */
  readonly fails?: readonly Fail[]
  readonly apply: (m: Machine, s: State, a: Code) => void
}

/** A step of a running plan; when it may be taken beyond its turn (a lock, a wait). */
export interface PlanRow extends Common {
  readonly by: 'plan'
  readonly mayFail?: Injected
  readonly ready?: (m: Machine, s: State, a: Code) => boolean
}

/**
 * An action that hardware, the guest or the host takes on its own. Every enabled one is among the candidates, whose
 * number depends on what is active and not on what was recorded, so that a search can draw one without a list.
 */
export interface EnvironmentRow extends Common {
  readonly by: 'environment'
  /** Whether a machine has what the action is about; every machine, if left out. Elsewhere there are no candidates. */
  readonly on?: (m: MachineSettings) => boolean
  readonly candidates: (m: Machine, s: State) => number
  /** Writes all parameters of candidate `index` into the code. */
  readonly choose: (m: Machine, index: number, a: Code) => void
  readonly possible: (m: Machine, s: State, a: Code) => boolean
  /** Which parameter is a guest page, for searches that look where something happens. */
  readonly page?: number
}

export type Row = PlanRow | EnvironmentRow

/** Every row of a sort has its fields in one order, so that whoever takes steps finds them without a search. */
export const planRow = ({ parameters, cites, fails, mayFail, ready, apply }: Omit<PlanRow, 'by'>): PlanRow =>
  ({ by: 'plan', parameters, cites, fails, mayFail, ready, apply }) as PlanRow

export const environmentRow = (row: Omit<EnvironmentRow, 'by'>): EnvironmentRow => {
  const { parameters, cites, on, fails, candidates, choose, possible, apply, page } = row
  return {
    by: 'environment',
    parameters,
    cites,
    on,
    fails,
    candidates,
    choose,
    possible,
    apply,
    page,
  } as EnvironmentRow
}
