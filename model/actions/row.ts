import type { Rule } from '../../spec/index.js'
import type { Code } from '../machine/action.js'
import type { Machine, MachineSettings } from '../machine/machine.js'
import type { lockNames, State } from '../machine/state.js'
import type { ErrnoCode } from '../machine/units.js'
import type { Owed, Unowed } from './fairness.js'
import type { Parameters } from './parameters.js'

type Predicate = (m: Machine, s: State, a: Code) => boolean

/** One way for a step to fail. The state stays as it is; a call around the step says what it undoes. */
export interface Fail {
  readonly rule: Rule
  readonly errno: ErrnoCode
  readonly when: Predicate
}

/** What the environment may make fail here, within its budget. */
export interface Injected {
  /** `Failure` */
  readonly what: number
  readonly rule: Rule
  readonly errno: ErrnoCode
  /** Whether the step has anything to do that could fail; always, if left out. */
  readonly on?: Predicate
}

/** What a machine must have for an action to mean something there. */
export interface Needs {
  readonly on: (m: MachineSettings) => boolean
  /** The same for a reader, as in `parts secureEpt`. */
  readonly says: string
}

/**
 * Who takes an action: a vCPU (its guest, or KVM that handles an exit of it), a thread of the host, a device, or the
 * IOMMU with its tables, caches and timers.
 */
export type Actor = 'vcpu' | 'thread' | 'device' | 'iommu'

export type LockName = (typeof lockNames)[number]

/** What every row states. Nothing has a default: a row that leaves a field out does not compile. */
interface Stated<P extends Parameters> {
  /** What happens, in a sentence, as `dmaproof explain` prints it. */
  readonly says: string
  /** Parameters by name, in the order of the code. */
  readonly params: P
  /** The rules behind what `apply` does. */
  readonly rules: readonly [Rule, ...Rule[]]
  /** What a machine must have; undefined if every machine has it. */
  readonly needs: Needs | undefined
  readonly apply: (m: Machine, s: State, a: Code) => void
}

interface StatedByPlan<P extends Parameters> extends Stated<P> {
  /** The lock under which drivers take the step: a raw step takes no lock, but waits for a call that holds it. */
  readonly lock: LockName | undefined
  /**
   * What plans see to before they take the step, and a raw step has to wait for; `call` if the step works on the range
   * of the call around it, so that there is no raw step of it.
   */
  readonly requires: Predicate | 'call' | undefined
  /** Why the step depends on where in the guest its page is, so that pages are not symmetric; false if it does not. */
  readonly placeMatters: string | false
}

interface StatedByEnvironment<P extends Parameters> extends Stated<P> {
  readonly actor: Actor
  readonly fairness: Owed | Unowed
  /** How often the biased choice asks for the action, beside those of the other rows. 20 is usual. */
  readonly weight: number | ((m: MachineSettings) => number)
  /**
   * What the action does to the plan of a vCPU: begins one on a vCPU that is idle, resumes one that the guest was told
   * to retry, acts in the middle of one, or has nothing to do with it.
   */
  readonly plan: 'begins' | 'resumes' | 'during' | 'none'
  /** Which parameter is the guest page that the biased choice moves to where a conversion is; undefined for none. */
  readonly page: (keyof P & string) | undefined
  /**
   * Every enabled action is among the candidates, whose number depends on what is active and not on what was recorded,
   * so that a search can draw one without a list. A machine that lacks what the row needs has none.
   */
  readonly candidates: (m: Machine, s: State) => number
  /** Writes all parameters of candidate `index` into the code. */
  readonly choose: (m: Machine, index: number, a: Code) => void
  readonly possible: Predicate
}

interface Derived {
  /** The names of `params`. A plan's step has `vcpu` first. */
  readonly parameters: readonly string[]
  /** Asked in order; the first that holds is the outcome. */
  readonly fails: readonly Fail[] | undefined
}

/** A step of a running plan. Its actor is the thread that runs the plan, which continues under fair scheduling. */
export interface PlanRow extends StatedByPlan<Parameters>, Derived {
  readonly by: 'plan'
  readonly actor: 'thread'
  readonly fairness: Owed
  readonly mayFail: Injected | undefined
  /** When the step may be taken beyond its turn (a lock, a wait); at once if undefined. */
  readonly ready: Predicate | undefined
  /** Whether it fails if the range of its call cuts the mapping at work: what follows then stays within the range. */
  readonly refusesCuts: boolean
}

/** An action that hardware, the guest or the host takes on its own. */
export interface EnvironmentRow extends Omit<StatedByEnvironment<Parameters>, 'page'>, Derived {
  readonly by: 'environment'
  /** Where in the code the page stands that the biased choice moves; 0 for nowhere. */
  readonly page: number
}

export type Row = PlanRow | EnvironmentRow

interface PlanExtras {
  readonly fails?: readonly Fail[]
  readonly mayFail?: Injected
  readonly ready?: Predicate
  readonly refusesCuts?: true
}

interface EnvironmentExtras {
  readonly fails?: readonly Fail[]
}

/** Chooses among candidates that differ in their one parameter, or in their first alone. */
export function chooseFirst(_: Machine, index: number, a: Code): void {
  a[1] = index
}

/** Chooses among all pairs of a vCPU and something else, such as a page or a device. */
export function chooseByVcpu(m: Machine, index: number, a: Code): void {
  a[1] = index % m.scope.vcpus
  a[2] = Math.floor(index / m.scope.vcpus)
}

/** A plan that has begun continues: all its steps share one fairness class. */
const planFairness: Owed = { owedBy: 'vcpu', insteadOf: undefined, inLitmus: 'by itself' }

/** Every row of a sort has its fields in one order, so that taking steps stays monomorphic. */
export const planRow = <P extends Parameters>(row: StatedByPlan<P> & PlanExtras): PlanRow => ({
  by: 'plan',
  says: row.says,
  actor: 'thread',
  params: row.params,
  parameters: Object.keys(row.params),
  fairness: planFairness,
  lock: row.lock,
  requires: row.requires,
  placeMatters: row.placeMatters,
  rules: row.rules,
  needs: row.needs,
  fails: row.fails,
  mayFail: row.mayFail,
  ready: row.ready,
  refusesCuts: row.refusesCuts ?? false,
  apply: row.apply,
})

/** The row of an action of hardware, guest or host by itself, with its fields in one order like those of `planRow`. */
export const environmentRow = <P extends Parameters>(
  row: StatedByEnvironment<P> & EnvironmentExtras,
): EnvironmentRow => ({
  by: 'environment',
  says: row.says,
  actor: row.actor,
  params: row.params,
  parameters: Object.keys(row.params),
  fairness: row.fairness,
  weight: row.weight,
  plan: row.plan,
  rules: row.rules,
  needs: row.needs,
  fails: row.fails,
  candidates: row.candidates,
  choose: row.choose,
  possible: row.possible,
  apply: row.apply,
  page: row.page === undefined ? 0 : Object.keys(row.params).indexOf(row.page) + 1,
})
