import type { Accessed } from '../model/actions/accessed.js'
import type { Machine } from '../model/machine/machine.js'
import type { Part } from '../model/machine/parts.js'
import type { Platform } from '../model/machine/platform.js'
import type { State } from '../model/machine/state.js'
import type { Gfn } from '../model/machine/units.js'
import type { Rule } from '../spec/index.js'
import { type FrameTest, findPath } from './paths.js'

type AtPage = (m: Machine, s: State, gfn: Gfn) => boolean
type AsWhole = (m: Machine, s: State) => boolean

/**
 * One thing that a property asks, with its own sentence and the one rule that a failure breaks.
 *
 * @example
 * const clauses: readonly Clause[] = [{ rule, holdsAt: (m, s, gfn) => s.mapOf[gfn] === 0 || s.attr[gfn] === 0 }]
 */
export interface Clause {
  readonly rule: Rule
  /** The rule that it is where iommufd does the accounting; the same, if left out. */
  readonly iommufd?: Rule
  /** The rule that it is on another architecture; the same, if left out. */
  readonly on?: Readonly<Partial<Record<Platform['architecture'], Rule>>>
  /** Rules that say where the clause holds, or why it is asked: a failure breaks none of them. */
  readonly given?: readonly Rule[]
  /** Whether the clause holds at a page, in the state after a step. */
  readonly holdsAt?: AtPage
  /** Whether the state as a whole is as it must be, whichever step led to it: it does not ask the event. */
  readonly holdsIn?: AsWhole
  /** Whether the step itself is as it must be. */
  readonly holdsAfter?: AsWhole
  /** One failure, in a sentence; at page -1 if it is of no page. */
  readonly explain: (m: Machine, s: State, gfn: Gfn) => string
}

/** The rule that a failure of a clause breaks on a machine. */
export const ruleOn = ({ program, platform }: Machine, { rule, iommufd = rule, on }: Clause): Rule =>
  on?.[platform.architecture] ?? (program.accounting === 'iommufd' ? iommufd : rule)

/** What of the state a property reads. */
export interface Judges {
  /** In a state: a list for each thing that it asks, so that all that one is about stands together. */
  readonly states: readonly (readonly Accessed[])[]
  /** At a step of the environment that neither begins nor resumes a plan, its witness included. */
  readonly steps: readonly Accessed[]
  /** Without this part of the machine the property reads nothing. */
  readonly part?: Part
}

/** What is said of a property; the rest follows from its clauses. */
interface Described {
  readonly name: string
  readonly statement: string
  /** The first clause that fails reports the failure. A clause without predicates is judged at the end of a run. */
  readonly clauses: readonly [Clause, ...Clause[]]
  /** Parts of the machine without which it is never exercised. */
  readonly parts: readonly Part[]
  /** Why the property makes no sense on a machine, in a sentence with its rule, if any. The platform is not asked. */
  readonly notOn?: (m: Machine) => string | undefined
  /** Whether the property needs a budget of failures to be exercised. */
  readonly needsFailures?: boolean
  /**
   * Whether `holdsAfter` can fail, and the witness see what it has not seen yet, only at a step of which the event
   * tells (`Effects.tells`).
   */
  readonly ofEvents?: boolean
  /**
   * Whether no clause reads a lock of the host, or an account of mappings, pins and memory: a counterexample may then
   * show steps that change these alone in brackets (`search/step-subject.ts`). If left out, each step has a line.
   */
  readonly ignoresAccounts?: boolean
  /** What of the state the property reads. If left out, that may be all: a search then takes no step as independent. */
  readonly judges?: Judges
  /** What a run must have seen, or a pass is empty. */
  readonly witness: string
  /** Which parts of the witness the last step showed, as bits. */
  readonly witnessBits: (m: Machine, s: State) => number
  /** All bits of the witness. */
  readonly fullWitness: number
}

/** Why a property of conversions makes no sense where the machine's calls are made one by one. */
export const ofConversions = ({ scope }: Machine): string | undefined =>
  scope.calls ? 'raw calls take the place of conversions, and answer to no guest' : undefined

/** A property of a page in two halves. */
export interface ByPath {
  /** Frames to which no device may have a path from the page. */
  readonly bad: FrameTest
  /** What else is asked of the page. */
  readonly rest?: AtPage
}

/**
 * What must hold. It is judged after every step: the step itself, the state as a whole, and the pages that it touched.
 *
 * @example
 * const noStaleFrame: Property | undefined = properties.find(({ name }) => name === 'no-stale-frame')
 */
export interface Property extends Described {
  /** The rules on which it rests. */
  readonly rules: readonly Rule[]
  /** Whether all clauses hold at a page, in the state after a step. */
  readonly holdsAt?: AtPage
  /** The same in two halves, if the paths of devices are one: a walk of them serves all properties that ask for it. */
  readonly byPath?: ByPath
  /** Whether the state as a whole is as all clauses ask. */
  readonly holdsIn?: AsWhole
  /** Whether the step itself is as all clauses ask. */
  readonly holdsAfter?: AsWhole
}

/** Predicates that hold where all clauses do, but for less work than to ask them one by one. */
type AtOnce = Pick<Property, 'holdsIn' | 'holdsAfter'> &
  (
    | { readonly holdsAt?: AtPage; readonly byPath?: undefined }
    | { readonly byPath: ByPath; readonly holdsAt?: undefined }
  )

/**
 * A property of its clauses.
 *
 * @param atOnce predicates to ask instead of all clauses, which find only what a failure breaks; of pages `holdsAt` or
 * `byPath`
 *
 * @example
 * export const mine = property({ name: 'mine', statement: 'Private pages are not mapped.', clauses, ...witness })
 */
export function property(described: Described, atOnce: AtOnce = {}): Property {
  const { clauses } = described
  const { byPath } = atOnce
  const holdsAt =
    atOnce.holdsAt ?? (byPath && withoutPath(byPath)) ?? everywhere(clauses.flatMap((clause) => clause.holdsAt ?? []))
  const holdsIn = atOnce.holdsIn ?? always(clauses.flatMap((clause) => clause.holdsIn ?? []))
  const holdsAfter = atOnce.holdsAfter ?? always(clauses.flatMap((clause) => clause.holdsAfter ?? []))
  return {
    ...described,
    rules: [
      ...new Set(
        clauses.flatMap(({ rule, iommufd = rule, on = {}, given = [] }) => [
          rule,
          iommufd,
          ...Object.values(on),
          ...given,
        ]),
      ),
    ],
    ...(holdsAt === undefined ? {} : { holdsAt }),
    ...(byPath === undefined ? {} : { byPath }),
    ...(holdsIn === undefined ? {} : { holdsIn }),
    ...(holdsAfter === undefined ? {} : { holdsAfter }),
  }
}

function withoutPath({ bad, rest }: ByPath): AtPage {
  const isBeyond: AtPage = (m, s, gfn) => findPath(m, s, gfn, bad) < 0
  return rest === undefined ? isBeyond : (m, s, gfn) => isBeyond(m, s, gfn) && rest(m, s, gfn)
}

function everywhere([first, ...rest]: readonly AtPage[]): AtPage | undefined {
  const others = rest.length === 0 ? undefined : everywhere(rest)
  if (first === undefined || others === undefined) return first
  return (m, s, gfn) => first(m, s, gfn) && others(m, s, gfn)
}

function always([first, ...rest]: readonly AsWhole[]): AsWhole | undefined {
  const others = rest.length === 0 ? undefined : always(rest)
  if (first === undefined || others === undefined) return first
  return (m, s) => first(m, s) && others(m, s)
}
