import { counted } from '../../base/plural.js'
import { type CitedRule, must, ok, type Result } from '../../base/result.js'
import { explore } from '../../checker/bfs.js'
import { Stop } from '../../checker/control/barrier.js'
import type { FailedStep } from '../../checker/control/counters.js'
import { EdgeLog, maxEdgeStates } from '../../checker/liveness/edge-log.js'
import { maxCompressedStates, maxStoredStates, type StoreMemory } from '../../checker/memory/store-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import type { SearchResult } from '../../checker/result.js'
import { StateStore } from '../../checker/state-store.js'
import { type Platform, type WatchedPlatform, watched } from '../../model/machine/platform.js'
import { broken, type PropertyFailure } from '../../properties/failure.js'
import { conversionEnds, neverEnds, type Property } from '../../properties/index.js'
import { builtIn, type Catalogue } from '../catalogue/catalogue.js'
import { explanationFor } from '../explanations/explanations.js'
import { buildMachine, type MachineConfigInput } from '../machine-config.js'
import { type Run, replay, Simulator } from '../simulator.js'
import { recordViolation } from '../trace.js'
import { emptyVerdict, notApplicableVerdict, type Verdict } from '../verdict.js'
import {
  type ExplorationSpec,
  judgedBy,
  type ModelExplorationSpec,
  makeModelSystem,
  noLoops,
} from './exploration-spec.js'
import { findFairLasso, type NonTermination } from './liveness.js'
import type { ModelSystem } from './model-system.js'
import { runTo } from './path.js'
import { noShortest, shortestRuns } from './reduction/shortest.js'

/** Why a search ended before it had seen all states. */
const bounds: Readonly<Record<number, string>> = {
  [Stop.States]: 'the bound of states or memory was reached',
  [Stop.Memory]: 'the end of memory was reached',
  [Stop.Time]: 'the bound of time was reached',
  [Stop.Interrupted]: 'the search was interrupted',
  [Stop.Levels]: 'the bound of levels was reached',
}

/** States that a search can tell apart: fewer where its steps are kept, for `conversion-ends`. */
export function maxStates(spec: ExplorationSpec, compressed = false): number {
  if (spec.kind === 'model' && needsGraph(spec)) return maxEdgeStates
  return compressed ? maxCompressedStates : maxStoredStates
}

/** Whether a search must see all states whatever it finds, for `conversion-ends`. */
export const needsGraph = (spec: ModelExplorationSpec): boolean => judgedBy(spec).includes(conversionEnds)

/** What a search of all states says, and what it asked its platform for. */
export interface Proof {
  readonly verdicts: readonly Verdict[]
  /** On another platform that answers all of this alike, the search would go the same way, step by step. */
  readonly asked: readonly (keyof Platform)[]
}

export interface ProofOptions {
  readonly seconds?: number
  readonly exhaust?: boolean
  readonly catalogue?: Catalogue
  /** Which actions are taken; all, if left out. With fewer, only violations mean something. */
  readonly allows?: (a: Int32Array) => boolean
}

/**
 * Explores one machine in this thread, up to symmetry (as far as loops allow, if they are asked for), and says of each
 * property whether it holds in all of its states.
 *
 * @returns a verdict a property
 */
export function proveMachine(
  setup: MachineConfigInput,
  names: readonly string[],
  memory: (packing: Packing, most: number) => StoreMemory,
  { catalogue = builtIn, allows, ...options }: ProofOptions = {},
): Result<Proof> {
  const symmetry = !names.includes(conversionEnds.name)
  const spec: ModelExplorationSpec = { kind: 'model', setup, properties: [...names], symmetry }
  let asked: WatchedPlatform['asked'] = () => []
  const watch = (platform: Platform) => {
    const recording = watched(platform)
    asked = recording.asked
    return recording.platform
  }
  const more = allows === undefined ? {} : { allows }
  const made = makeModelSystem(spec, { catalogue, watch, keepsLoops: true, ...more })
  if (!made.ok) {
    const { rule } = made.problem
    return rule === undefined ? made : ok({ verdicts: allNotApplicable(setup, names, rule, catalogue), asked: [] })
  }
  const edges = needsGraph(spec) ? new EdgeLog() : undefined
  const explored = explore(made.value, memory(made.value.packing, maxStates(spec)), {
    ...options,
    exhaust: options.exhaust === true || edges !== undefined,
    ...(edges === undefined ? {} : { onEdge: edges.add }),
  })
  return ok({ verdicts: verdictsOf(spec, made.value, explored, { edges, catalogue }), asked: asked() })
}

interface Beside {
  readonly edges?: EdgeLog | undefined
  readonly catalogue?: Catalogue
}

/** What is said of a machine that a rule makes impossible, a verdict a property. */
export const allNotApplicable = (
  setup: MachineConfigInput,
  names: readonly string[],
  rule: CitedRule,
  catalogue: Catalogue,
): Verdict[] => catalogue.propertiesNamed(names).map((property) => notApplicableVerdict(setup, property, rule, 0))

/**
 * What an exploration says of each property that it was asked about.
 *
 * @param beside its steps, if they were kept, and what names mean
 */
export function verdictsOf(
  spec: ModelExplorationSpec,
  system: ModelSystem,
  explored: SearchResult,
  beside: Beside = {},
): readonly Verdict[] {
  const found = [...verdictsOneByOne(spec, system, explored, beside)]
  return judgedNames(spec, beside.catalogue).flatMap((name) => found.find(({ property }) => property === name) ?? [])
}

/** The properties of which an exploration says something, in the order of their bits. */
export const judgedNames = (spec: ModelExplorationSpec, catalogue: Catalogue = builtIn): readonly string[] => [
  ...judgedBy(spec, catalogue).map(({ name }) => name),
  ...(whyNoLoops(spec) === undefined ? [] : [conversionEnds.name]),
]

const whyNoLoops = (spec: ModelExplorationSpec): string | undefined =>
  spec.properties.includes(conversionEnds.name) ? noLoops(spec) : undefined

/** The same one by one, `conversion-ends` last: all others are known at once. */
export function* verdictsOneByOne(
  spec: ModelExplorationSpec,
  system: ModelSystem,
  explored: SearchResult,
  { edges, catalogue = builtIn }: Beside = {},
): Generator<Verdict, void> {
  const store = new StateStore(explored.memory)
  const of = scopeOf(system)
  const shortest = system.reduces
    ? plainlyShortest(spec, explored, catalogue)
    : (step: FailedStep) => runTo(system, store, step)
  const last = [...judgedBy(spec, catalogue).entries()].sort(([, a], [, b]) => rank(a) - rank(b))
  for (const [index, property] of last) {
    const base = { ...emptyVerdict(spec.setup, property, 'held', covered(explored, of), 0), ...counts(explored) }
    const why = property.notOn?.(system.machine)
    if (why !== undefined) {
      yield { ...base, verdict: 'not-applicable', why }
      continue
    }
    const failure = explored.failures.find((step) => step.property === index)
    const run = failure && shortest(failure)
    if (run !== undefined) yield violated(spec, base, property, run, catalogue)
    else if (failure !== undefined) yield { ...base, verdict: 'inconclusive', why: noShortest }
    else if (isBounded(explored)) yield fromBoundedSearch(base, explored)
    else yield fromFullSearch(spec, base, { property, index, of, edges, catalogue, system, store, explored })
  }
  const noLoop = whyNoLoops(spec)
  if (noLoop !== undefined) {
    yield { ...emptyVerdict(spec.setup, conversionEnds, 'not-applicable', noLoop, 0), ...counts(explored) }
  }
}

/** Of what a reduced search has found violated, by the plain one. */
const plainlyShortest = (spec: ModelExplorationSpec, explored: SearchResult, catalogue: Catalogue) =>
  shortestRuns(explored, (failed) => {
    const names = judgedBy(spec, catalogue).map(({ name }) => name)
    const properties = failed.map((index) => names[index])
    return must(makeModelSystem({ ...spec, reduce: false, properties }, { catalogue }))
  })

/** Of which states a search says something, behind their number. */
function scopeOf({ symmetries, reduces }: ModelSystem): string {
  const left = reduces ? ' that no independent step leaves' : ''
  return symmetries === undefined ? left : `${left} up to symmetry of ${symmetries.used}`
}

const rank = (property: Property): number => Number(property === conversionEnds)

/** Whether a bound ended a search before it had seen what it was to see. */
export const isBounded = ({ stop }: SearchResult): boolean => stop !== Stop.Complete && stop !== Stop.Violated

interface Whole {
  readonly property: Property
  readonly index: number
  readonly of: string
  readonly edges: EdgeLog | undefined
  readonly catalogue: Catalogue
  readonly system: ModelSystem
  readonly store: StateStore
  readonly explored: SearchResult
}

/** What a search that has seen all states says of a property that no step failed. */
function fromFullSearch(spec: ModelExplorationSpec, base: Verdict, whole: Whole): Verdict {
  const { property, index, of, explored } = whole
  const endlessly = property === conversionEnds ? findFairLasso(whole.system, whole.store, whole.edges) : undefined
  if (endlessly !== undefined) return violated(spec, base, property, endlessly.run, whole.catalogue, endlessly)
  if (explored.witnessed[index] === property.fullWitness) return base
  return { ...base, verdict: 'vacuous', why: `never seen in ${covered(explored, of)}: ${property.witness}` }
}

/** The verdict of a property that a bound left undecided with all states seen. @throws Error if it is unknown */
export function undecided(
  spec: ModelExplorationSpec,
  name: string,
  explored: SearchResult,
  stop: number,
  catalogue: Catalogue,
): Verdict {
  const property = catalogue.findProperty(name)
  if (property === undefined) throw new Error(`there is no property ${name}`)
  const why = `${bounds[stop] ?? 'a bound was reached'} while it was judged, in ${covered(explored, '')}`
  return { ...emptyVerdict(spec.setup, property, 'inconclusive', why, 0), ...counts(explored) }
}

const counts = ({ states, transitions, depth }: SearchResult) => ({ states, transitions, depth })
const number = (count: number) => count.toLocaleString('en-US')

const covered = ({ states, transitions, depth }: SearchResult, of: string): string =>
  `all ${counted(states, 'state', number)}${of}, ${counted(transitions, 'step', number)}, depth ${depth}`

function fromBoundedSearch(base: Verdict, { stop, states, expanded, depth }: SearchResult): Verdict {
  const why =
    `${bounds[stop] ?? 'a bound was reached'}: ${counted(states, 'state', number)} found, ${number(expanded)} of ` +
    `them with all their steps, every run of up to ${counted(Math.max(0, depth - 1), 'action')}`
  return { ...base, verdict: 'inconclusive', why }
}

/** A violation is believed when the run that leads to it, taken once more by itself, violates the property. */
function violated(
  spec: ModelExplorationSpec,
  base: Verdict,
  property: Property,
  run: Run,
  catalogue: Catalogue,
  loop?: NonTermination,
): Verdict {
  const opened = must(buildMachine(spec.setup, catalogue))
  const simulator = new Simulator(opened.machine)
  const { failure } = replay(simulator, run, property)
  const said = { ...saidOf(property, failure, loop), ...catalogue.filesFor(spec.setup, property) }
  const trace = recordViolation(simulator, opened.setup, run, property, { seed: 0, ...said })
  const found = { ...base, verdict: 'violated', steps: run.length, trace } as const
  const reason = explanationFor(found)
  return { ...found, why: reason === undefined ? said.why : `${said.why}: ${reason.because}` }
}

function saidOf(property: Property, failure: PropertyFailure | undefined, loop: NonTermination | undefined) {
  if (loop !== undefined) return { why: loopText(loop), broken: neverEnds.rule.id }
  if (failure === undefined) throw new Error(`the run to ${property.name} does not replay`)
  return broken(failure)
}

function loopText({ run, loopFrom, vcpu }: NonTermination): string {
  if (loopFrom === run.length) return `vCPU ${vcpu}'s conversion never ends: no step is enabled`
  return `vCPU ${vcpu}'s conversion never ends: actions ${loopFrom + 1} to ${run.length} can repeat forever`
}
