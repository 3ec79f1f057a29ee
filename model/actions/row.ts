import type { Rule } from '../../spec/index.js'
import type { Code } from '../machine/action.js'
import type { Machine, MachineSettings } from '../machine/machine.js'
import { lockNames, type State } from '../machine/state.js'
import type { StateViews } from '../machine/state-views.js'
import type { ErrnoCode } from '../machine/units.js'
import type { Accessed } from './accessed.js'
import type { Owed, Unowed } from './fairness.js'
import type { Parameter, Parameters } from './parameters.js'
import type { CodeOf, Names } from './places.js'

type Predicate<C> = (m: Machine, s: State, a: C) => boolean

/**
 * One way for a step to fail. The state stays as it is; a call around the step says what it undoes. `N` names the
 * parameters that it asks, which are the first of each row that has it.
 */
export type Fail<N extends Names = []> = FailOf<CodeOf<N>>

interface FailOf<C> {
  readonly rule: Rule
  readonly errno: ErrnoCode
  readonly when: Predicate<C>
  /** Which container refuses; any, if left out. */
  readonly only?: Accounting
}

type Accounting = Machine['program']['accounting']

/** The same, where the driver accounts as this container does. */
export const onlyIn = <N extends Names>(only: Accounting, fail: Fail<N>): Fail<N> => ({
  ...fail,
  only,
  when: (m, s, a) => m.program.accounting === only && fail.when(m, s, a),
})

/** What the environment may make fail here, within its budget. `N` is as of `Fail`. */
export type Injected<N extends Names = []> = InjectedOf<CodeOf<N>>

interface InjectedOf<C> {
  /** `Failure` */
  readonly what: number
  readonly rule: Rule
  readonly errno: ErrnoCode
  /** Whether the step has anything to do that could fail; always, if left out. */
  readonly on?: Predicate<C>
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

type List = readonly Parameter[]
/** A plan's step has its vCPU first. */
type PlanParameters = readonly [Parameter<'vcpu'>, ...List]
type NamesOf<L extends List> = { readonly [Position in keyof L]: L[Position]['name'] }
/** A code of a row with these parameters. `NoInfer`, since the list of parameters alone says which they are. */
type RowCode<L extends List> = CodeOf<NamesOf<NoInfer<L>>>

/**
 * `errno`: success or an errno, its own or that of the plan which it begins. `content`: the same, and of a read what it
 * finds. `dma`: it begins a DMA, and the end of that is the outcome. `arrival`: it ends a DMA, whose data moves.
 */
export type Outcome = 'errno' | 'content' | 'dma' | 'arrival'

/** What every row states. Nothing has a default: a row that leaves a field out does not compile. */
interface Stated<L extends List, C> {
  /** What happens, in a sentence, as `dmaproof explain` prints it. */
  readonly says: string
  /** Parameters, in the order of the code. */
  readonly params: L
  /** The rules behind what `apply` does. */
  readonly rules: readonly [Rule, ...Rule[]]
  /**
   * What of the state the row touches, in `possible` or `ready` too: all that it may read, and may write, on whatever
   * machine. What the plan of a vCPU does from then on is not the row's.
   */
  readonly reads: readonly Accessed[]
  readonly writes: readonly Accessed[]
  /** What a machine must have; undefined if every machine has it. */
  readonly needs: Needs | undefined
  readonly apply: (m: Machine, s: State, a: C) => void
}

interface StatedByPlan<L extends List, C> extends Stated<L, C> {
  /** The lock under which drivers take the step: a raw step takes no lock, but waits for a call that holds it. */
  readonly lock: LockName | undefined
  /**
   * What plans see to before they take the step, and a raw step has to wait for; `call` if the step works on the range
   * of the call around it, so that there is no raw step of it.
   */
  readonly requires: Predicate<C> | 'call' | undefined
  /** Why the step depends on where in the guest its page is, so that pages are not symmetric; false if it does not. */
  readonly placeMatters: string | false
}

interface StatedByEnvironment<L extends List, C> extends Stated<L, C> {
  readonly actor: Actor
  readonly fairness: Owed | Unowed
  /** How often the biased choice asks for the action, beside those of the other rows. 20 is usual. */
  readonly weight: number | ((m: MachineSettings) => number)
  /**
   * What the action does to the plan of a vCPU: begins one on a vCPU that is idle, resumes one that the guest was told
   * to retry, acts between two plans of one request, or in the middle of a plan; happens only while none runs (on the
   * vCPU, as what its guest does; on any, where the row has no vCPU); or has nothing to do with plans.
   */
  readonly plan: 'begins' | 'resumes' | 'between' | 'during' | 'outside' | 'none'
  /** What comes of the action, as a register of a litmus test records it. */
  readonly outcome: Outcome
  /** Which parameter is the guest page that the biased choice moves to where a conversion is; undefined for none. */
  readonly page: L[number]['name'] | undefined
  /**
   * Every enabled action is among the candidates, whose number depends on what is active and not on what was recorded,
   * so that a search can draw one without a list. A machine that lacks what the row needs has none.
   */
  readonly candidates: (m: Machine, s: State) => number
  /** Writes all parameters of candidate `index` into the code. */
  readonly choose: (m: Machine, index: number, a: C) => void
  readonly possible: Predicate<C>
}

interface Derived {
  readonly params: Parameters
  /** The names of `params`. */
  readonly parameters: readonly string[]
  /** Asked in order; the first that holds is the outcome. */
  readonly fails: readonly FailOf<Code>[] | undefined
}

/** A step of a running plan. Its actor is the thread that runs the plan, which continues under fair scheduling. */
export interface PlanRow extends Omit<StatedByPlan<List, Code>, 'params'>, Derived {
  readonly by: 'plan'
  readonly actor: 'thread'
  readonly fairness: Owed
  readonly mayFail: InjectedOf<Code> | undefined
  /** When the step may be taken beyond its turn (a lock, a wait); at once if undefined. */
  readonly ready: Predicate<Code> | undefined
  /** Whether it fails if the range of its call cuts the mapping at work: what follows then stays within the range. */
  readonly refusesCuts: boolean
}

/** An action that hardware, the guest or the host takes on its own. */
export interface EnvironmentRow extends Omit<StatedByEnvironment<List, Code>, 'params' | 'page'>, Derived {
  readonly by: 'environment'
  /** Where in the code the page stands that the biased choice moves; 0 for nowhere. */
  readonly page: number
  readonly waitsFor: LockName | undefined
  readonly undoes: keyof StateViews | undefined
}

export type Row = PlanRow | EnvironmentRow

/**
 * Whether the action may come while a plan runs: on the vCPU of that plan, where the row has a vCPU, and else on any.
 */
export const isBesidePlans = ({ plan }: EnvironmentRow): boolean => plan === 'none' || plan === 'during'

interface PlanExtras<C> {
  readonly fails?: readonly FailOf<C>[]
  readonly mayFail?: InjectedOf<C>
  readonly ready?: Predicate<C>
  readonly refusesCuts?: true
}

interface EnvironmentExtras<C> {
  readonly fails?: readonly FailOf<C>[]
  /** The lock that has to be free; `possible` asks the rest. */
  readonly waitsFor?: LockName
  /** A view that is zero until a plan's step writes it: before that the action is not possible. */
  readonly undoes?: keyof StateViews
}

/** The places of the first two parameters, whichever they are. */
const [first, second] = [1, 2]

/** Chooses among candidates that differ in their one parameter, or in their first alone. */
export function chooseFirst(_: Machine, index: number, a: CodeOf<[]>): void {
  const code = a as Code
  code[first] = index
}

/** Chooses among all pairs of values of the first two parameters; the first has so many. */
export function choosePair(ofFirst: number, index: number, a: CodeOf<[]>): void {
  const code = a as Code
  code[first] = index % ofFirst
  code[second] = Math.floor(index / ofFirst)
}

/** Chooses among all pairs of a vCPU and something else, such as a page or a device. */
export const chooseByVcpu = (m: Machine, index: number, a: CodeOf<['vcpu']>): void =>
  choosePair(m.scope.vcpus, index, a)

/** A plan that has begun continues: all its steps share one fairness class. */
const planFairness: Owed = { owedBy: 'vcpu', insteadOf: undefined, inLitmus: 'by itself' }

const named = (params: List): Parameters => Object.fromEntries(params.map((parameter) => [parameter.name, parameter]))
const namesOf = (params: List): readonly string[] => params.map(({ name }) => name)

type PlanStated<L extends List, C> = StatedByPlan<L, C> & PlanExtras<C>
type EnvironmentStated<L extends List, C> = StatedByEnvironment<L, C> & EnvironmentExtras<C>

/** Every row of a sort has its fields in one order, so that taking steps stays monomorphic. */
export function planRow<const L extends PlanParameters>(stated: PlanStated<L, RowCode<L>>): PlanRow {
  const row = stated as unknown as PlanStated<L, Code>
  return {
    by: 'plan',
    says: row.says,
    actor: 'thread',
    params: named(row.params),
    parameters: namesOf(row.params),
    fairness: planFairness,
    lock: row.lock,
    requires: row.requires,
    placeMatters: row.placeMatters,
    rules: row.rules,
    reads: row.reads,
    writes: row.writes,
    needs: row.needs,
    fails: row.fails,
    mayFail: row.mayFail,
    ready: row.ready,
    refusesCuts: row.refusesCuts ?? false,
    apply: row.apply,
  }
}

function whenFree(lock: LockName | undefined, possible: Predicate<Code>): Predicate<Code> {
  if (lock === undefined) return possible
  const at = lockNames.indexOf(lock)
  return (m, s, a) => s.lock[at] === 0 && possible(m, s, a)
}

/** The row of an action of hardware, guest or host by itself, with its fields in one order like those of `planRow`. */
export function environmentRow<const L extends List>(stated: EnvironmentStated<L, RowCode<L>>): EnvironmentRow {
  const row = stated as unknown as EnvironmentStated<L, Code>
  return {
    by: 'environment',
    says: row.says,
    actor: row.actor,
    params: named(row.params),
    parameters: namesOf(row.params),
    fairness: row.fairness,
    weight: row.weight,
    plan: row.plan,
    outcome: row.outcome,
    rules: row.rules,
    reads: row.reads,
    writes: row.writes,
    needs: row.needs,
    fails: row.fails,
    candidates: row.candidates,
    choose: row.choose,
    possible: whenFree(row.waitsFor, row.possible),
    apply: row.apply,
    page: row.page === undefined ? 0 : namesOf(row.params).indexOf(row.page) + 1,
    waitsFor: row.waitsFor,
    undoes: row.undoes,
  }
}
