import { counted } from '../base/plural.js'
import { type CitedRule, ok, type Result } from '../base/result.js'
import type { Coverage } from '../model/actions/relation.js'
import type { Part } from '../model/machine/parts.js'
import type { Scope, ScopeInput } from '../model/machine/scope.js'
import { broken } from '../properties/failure.js'
import type { Property } from '../properties/index.js'
import { builtIn, type Catalogue } from './catalogue/catalogue.js'
import { explanationFor } from './explanations/explanations.js'
import { type BuiltMachine, buildMachine, type MachineConfigInput } from './machine-config.js'
import { minimise } from './minimise.js'
import { Census } from './random/census.js'
import { searchRandom, type Violation } from './random/random.js'
import type { Unseen } from './random/unseen.js'
import { shorterRun } from './shorter-run.js'
import { type Run, replay, Simulator } from './simulator.js'
import { recordViolation, type Trace } from './trace.js'

/**
 * `held` is for searches that leave nothing out; a random search, or one that is cut short, finds none.
 *
 * @example
 * const isOpen = (verdict: VerdictName) => verdict === 'inconclusive' || verdict === 'vacuous'
 */
export type VerdictName = 'violated' | 'held' | 'none-found' | 'inconclusive' | 'vacuous' | 'not-applicable'

/** What each verdict says, in a sentence. */
export const verdictSays: Readonly<Record<VerdictName, string>> = {
  violated: 'The search found a run after which the property does not hold: the counterexample.',
  held: 'The search visited every state of the scope, and the property holds in all.',
  'none-found': 'A search that did not see every state found no violation; that is no proof.',
  inconclusive: 'The search reached a bound before it could say.',
  vacuous: 'No run reached what the property is about, so that it holds of nothing.',
  'not-applicable': 'A rule makes the combination of design, driver, backing and platform impossible.',
}

export const verdictNames = Object.keys(verdictSays) as [VerdictName, ...VerdictName[]]

/**
 * What a search says of one property of one machine.
 *
 * @example
 * const found = verdicts.filter(({ verdict }: Verdict) => verdict === 'violated')
 */
export interface Verdict {
  readonly design: string
  readonly variant: string
  readonly driver: string
  readonly backing: Scope['backing']
  readonly guest: Scope['guest']
  readonly lock: 'vm' | 'none'
  /** The sizes, in a few words. */
  readonly scope: string
  /** The same as fields; those that are not here have their defaults. */
  readonly sizes: ScopeInput
  readonly platform: string
  readonly parts: readonly Part[]
  readonly property: string
  /** Where `check` found this, if it looked in more than one configuration. */
  readonly found?: FoundConfiguration
  readonly verdict: VerdictName
  /** Actions of the shrunk counterexample. */
  readonly steps: number | null
  readonly runs: number
  readonly seed: number
  readonly why: string
  readonly trace?: Trace
  /** How sure it is that drawn runs found none; left out after few runs, and where states are large. */
  readonly unseen?: Unseen
  /** What an exhaustive search covered: distinct states, steps, and levels with the initial state at 1. */
  readonly states?: number
  readonly transitions?: number
  readonly depth?: number
}

/** Which configuration of a machine a verdict is about, of how many, and the machine that was asked for. */
export interface FoundConfiguration {
  readonly configuration: string
  readonly configurations: number
  readonly asked: Pick<Verdict, 'guest' | 'lock' | 'scope' | 'platform'>
}

/**
 * Bounds of the search of one machine, and its seed.
 *
 * @example
 * const options: JudgeOptions = { seed: 1, runs: 5000, length: 80, seconds: 10 }
 */
export interface JudgeOptions {
  readonly seed: number
  readonly runs: number
  /** Actions of a run, at most. */
  readonly length: number
  /** As in `RandomOptions`. */
  readonly shortest?: number
  /** Seconds in which a shorter run is searched for after a counterexample is shrunk; not at all, if left out. */
  readonly shorten?: number
  /** Distinct states of that search, at most; many, if left out. */
  readonly shortenStates?: number
  /** A violation is shrunk, unless false: its run stays as it was drawn. */
  readonly shrink?: boolean
  /** No new run begins after this time. */
  readonly seconds?: number
  /** Counts the states of the runs, where several searches of one machine are one. */
  readonly census?: Census
  readonly onProgress?: (runs: number, steps: number) => void
  /** Receives what the random runs covered. */
  readonly onCoverage?: (coverage: Coverage) => void
}

/** Runs between two looks at the clock: so many are made even if the time is over before the first. */
const runsPerClockCheck = 64

/**
 * Searches one machine for violations of the named properties, and shrinks what it finds.
 *
 * @param catalogue what the names mean
 * @returns a verdict a property, in the order of the names
 *
 * @example
 * checkMachine(setup, ['no-stale-frame'], { seed: 1, runs: 5000, length: 80, seconds: 10 }, withDesigns(mine))
 */
export function checkMachine(
  input: MachineConfigInput,
  names: readonly string[],
  options: JudgeOptions,
  catalogue: Catalogue = builtIn,
): Result<readonly Verdict[]> {
  const opened = buildMachine(input, catalogue)
  const asked = catalogue.propertiesNamed(names)
  if (!opened.ok) {
    const { rule } = opened.problem
    return rule === undefined ? opened : ok(asked.map((one) => notApplicableVerdict(input, one, rule, options.seed)))
  }
  const { machine } = opened.value
  const simulator = new Simulator(machine)
  const judged = asked.filter((property) => property.notOn?.(machine) === undefined)
  const census = options.census ?? new Census()
  const result = searchRandom(simulator, judged, { ...options, census, choice: 'biased', stop: stopper(options) })
  options.onCoverage?.(result.coverage)
  const unseen = census.unseen()
  const verdicts = asked.map((property): Verdict => {
    const why = property.notOn?.(machine)
    if (why !== undefined) return emptyVerdict(input, property, 'not-applicable', why, options.seed)
    const violation = result.violations.find((each) => each.property === property)
    const base = { ...emptyVerdict(input, property, 'none-found', '', options.seed), runs: result.runs }
    if (violation !== undefined)
      return violated({ simulator, opened: opened.value, catalogue }, violation, base, options)
    const vacuous = result.vacuous.includes(property.name)
    if (vacuous) return { ...base, verdict: 'vacuous', why: `never seen: ${property.witness}` }
    return { ...base, why: drawnText(result.runs, options.length), ...(unseen && { unseen }) }
  })
  return ok(verdicts)
}

function stopper(options: JudgeOptions): (runs: number, steps: number) => boolean {
  const end = options.seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + options.seconds * 1000
  return (runs, steps) => {
    if (runs === 0 || runs % runsPerClockCheck !== 0) return false
    options.onProgress?.(runs, steps)
    return performance.now() > end
  }
}

interface JudgedMachine {
  readonly simulator: Simulator
  readonly opened: BuiltMachine
  readonly catalogue: Catalogue
}

function violated(
  { simulator, opened, catalogue }: JudgedMachine,
  violation: Violation,
  base: Verdict,
  options: JudgeOptions,
): Verdict {
  const run = options.shrink === false ? violation.run : shrunkRun(simulator, violation, options)
  const { failure } = replay(simulator, run, violation.property)
  if (failure === undefined) throw new Error(`the run to ${violation.property.name} does not replay`)
  const said = { ...broken(failure), ...catalogue.filesFor(opened.setup, violation.property) }
  const seed = base.seed + violation.index
  const trace = recordViolation(simulator, opened.setup, run, violation.property, { seed, ...said })
  const found = { ...base, verdict: 'violated', steps: run.length, trace } as const
  const reason = explanationFor(found)
  return { ...found, why: reason === undefined ? said.why : `${said.why}: ${reason.because}` }
}

/** The violation's run shrunk; or a shorter one if that is found in time, shrunk as well. */
function shrunkRun(simulator: Simulator, { run: drawn, property }: Violation, options: JudgeOptions): Run {
  const { shorten, shortenStates } = options
  const { run } = minimise(simulator, drawn, property)
  if (shorten === undefined) return run
  const shorter = shorterRun(simulator.machine, run, property, shorten, shortenStates)
  return shorter === undefined ? run : minimise(simulator, shorter, property).run
}

/** What is said of a machine that a rule makes impossible. */
export const notApplicableVerdict = (
  input: MachineConfigInput,
  property: Property,
  { statement, id }: CitedRule,
  seed: number,
): Verdict => emptyVerdict(input, property, 'not-applicable', `${statement} [${id}]`, seed)

/** A verdict with nothing found yet. */
export function emptyVerdict(
  input: MachineConfigInput,
  property: Property,
  verdict: VerdictName,
  why: string,
  seed: number,
): Verdict {
  const [design = '', variant = ''] = input.design.split('/')
  return {
    design,
    variant,
    driver: input.driver,
    backing: input.scope.backing ?? 'separate',
    guest: input.scope.guest ?? 'cooperative',
    lock: input.lock ?? 'vm',
    scope: scopeInWords(input),
    sizes: input.scope,
    platform: input.platform,
    parts: input.parts ?? [],
    property: property.name,
    verdict,
    steps: null,
    runs: 0,
    seed,
    why,
  }
}

/** What random runs say that found nothing. @param length actions of a run, at most */
export const drawnText = (runs: number, length: number): string =>
  `none in ${counted(runs, 'run')} of up to ${counted(length, 'action')}`

/** `4 pages in 2 superpages, 2 vCPUs, 1 device, starts shared`, and what differs from the usual. */
function scopeInWords({ scope, lock }: MachineConfigInput): string {
  const { pages = 4, pagesPerSuperpage = 2, vcpus = 2, devices = 1, start = 'shared', requests = 'both' } = scope
  const superpages = pages / pagesPerSuperpage
  const words = [
    `${counted(pages, 'page')} in ${counted(superpages, 'superpage')}`,
    counted(vcpus, 'vCPU'),
    counted(devices, 'device'),
    `starts ${start}`,
  ]
  if (lock === 'none') words.push('no conversion lock')
  if (requests !== 'both') words.push(`asks for ${requests}`)
  const { trustedDevices = 0 } = scope
  if (trustedDevices > 0) words.push(`the guest trusts ${counted(trustedDevices, 'device')}`)
  if (scope.hotplug === true) words.push('devices come and go')
  if (scope.lateAts === true) words.push('ATS comes late')
  if (scope.processes === true) words.push('the VMM becomes another process')
  if (scope.secondContainer === true) words.push('a second container')
  if (scope.devicePages !== undefined && scope.devicePages > 0)
    words.push(`${counted(scope.devicePages, 'page')} of a device`)
  if (scope.endsAtTop === true) words.push('ends at the top of the address space')
  if (scope.slotChanges === true) words.push('memory slots go and come back')
  if (scope.reclaim === true) words.push('pages are reclaimed')
  const { truncations = 0, regionPages = 0, queueErrors = 0, timeOuts = 0, lockedElsewhere = 0 } = scope
  if (truncations > 0) words.push(counted(truncations, 'truncation'))
  if (regionPages > 0) words.push(`memory regions of ${counted(regionPages, 'page')}`)
  if (queueErrors > 0) words.push(counted(queueErrors, 'queue error'))
  if (timeOuts > 0) words.push(counted(timeOuts, 'invalidation time-out'))
  if (scope.noops === true) words.push('asks for what is so')
  if (scope.teardown === false) words.push('no teardown')
  if (scope.teardownDma === true) words.push('torn down under DMA')
  if (scope.frames === 'pool') words.push('common pool of frames')
  if (scope.entryLimit !== undefined && scope.entryLimit !== 65_535) words.push(`entry limit ${scope.entryLimit}`)
  if (lockedElsewhere > 0) words.push(`${counted(lockedElsewhere, 'page')} locked elsewhere`)
  const { references = 0, lasting = false, failures = 0 } = scope
  if (references > 0) words.push(counted(references, lasting ? 'lasting reference' : 'short reference'))
  if (scope.implicit !== undefined && scope.implicit !== 'none') words.push(`memory faults: ${scope.implicit}`)
  if (failures > 0) words.push(`${counted(failures, 'failure')} injected`)
  return words.join(', ')
}
