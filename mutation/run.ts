import { must } from '../base/result.js'
import { type Design, type Driver, fullName, hostOf, kvmArchitecture, notApplicable } from '../designs/index.js'
import { machineFrom } from '../model/build-machine.js'
import { EndlessPlan } from '../model/initial-state.js'
import { someVcpuBusy } from '../model/machine/any-active.js'
import type { Machine } from '../model/machine/machine.js'
import { withParts } from '../model/machine/parts.js'
import { type Platform, type PresetName, presets } from '../model/machine/platform.js'
import { makeScope, type Scope, type ScopeInput } from '../model/machine/scope.js'
import type { Host } from '../model/plan/plan.js'
import { type Property, properties } from '../properties/index.js'
import { noSharedFault } from '../properties/reach.js'
import { searchRandom } from '../search/random/random.js'
import { Simulator } from '../search/simulator.js'
import { type Environment, environments } from './environments.js'
import { type Mutant, mutantsOf, type PlanLayer } from './mutants.js'

/** Runs after which a search is ended if it has found a violation. */
const batchRuns = 25

/**
 * What is left of `no-shared-fault` for a design whose conversions let shared pages fault for a moment: when no
 * conversion is under way, nothing shared faults.
 */
const noSharedFaultAtRest: Property = {
  ...noSharedFault,
  name: 'no-shared-fault at rest',
  holdsAfter: (m, s) => noSharedFault.holdsAfter?.(m, s) !== false || someVcpuBusy(m, s),
}

const asked: readonly Property[] = [...properties, noSharedFaultAtRest]

/** A design whose machines run a layer's plans. */
export interface MutationSubject {
  readonly design: Design
  readonly driver: Driver
  readonly backing: Scope['backing']
  /** That of the thread, if left out. */
  readonly platform?: PresetName
  /** What the platform asks of a machine, so that the plans come to all of their steps. */
  readonly scope?: ScopeInput
  /** What the design itself violates: a property everywhere, or `PROPERTY at ENVIRONMENT`. */
  readonly except?: readonly string[]
}

/** The mutants of one layer's plans; one is killed if a property fails on any of the subjects. */
export interface MutantGroup {
  readonly name: string
  readonly layer: PlanLayer
  readonly subjects: readonly MutationSubject[]
  /** Only mutants of these names; all, if left out. */
  readonly only?: RegExp
  /** Only environments of these names; all, if left out. */
  readonly environments?: RegExp
  /** A group whose plans are built from the same parts: mutants of the same name are left to it. */
  readonly shares?: { readonly group: MutantGroup; readonly mutants: RegExp }
}

/** What became of a mutant: the property that killed it, where, and in which run; empty for a survivor. */
export interface MutantResult {
  readonly group: string
  readonly mutant: string
  readonly killedBy: string
  readonly where: string
  readonly runs: number
}

/** Mutants that few schedules kill, and the environments where a longer search does: these are tried first. */
export interface KnownKiller {
  readonly groups: RegExp
  readonly mutants: RegExp
  readonly environments: RegExp
  readonly runs: number
  /** Actions of a run, at most; those of all searches, if left out. */
  readonly length?: number
}

/** Where a mutant of a group was killed before, and in which run; undefined if that is not known. */
export type KilledBefore = (
  group: string,
  mutant: string,
) => { readonly where: string; readonly run: number } | undefined

export interface MutationOptions {
  readonly seed: number
  /** Tried first: a mutant that is killed there again costs one run. */
  readonly killedBefore: KilledBefore
  /** Runs in each environment, by round: what survives a round goes to the next. */
  readonly rounds: readonly number[]
  /** Actions of a run, at most. */
  readonly length: number
  readonly knownKillers: readonly KnownKiller[]
}

interface TestBed {
  readonly name: string
  readonly mutants: ReadonlyMap<string, Mutant>
  readonly asked: readonly Property[]
  readonly simulator: (host: Host) => Simulator | undefined
  /** Without any change. */
  readonly original: Machine
}

/**
 * Tries every mutant of a group in every environment that has it, until a property kills it. A mutant that the group
 * shares with another group is left to that group.
 *
 * @param wanted which mutants; all, if left out
 */
export function runMutants(
  group: MutantGroup,
  options: MutationOptions,
  wanted: (mutant: string) => boolean = () => true,
): MutantResult[] {
  const beds = testBedsOf(group)
  const { shares, only = /./ } = group
  const others = new Set(shares === undefined ? [] : namesOf(testBedsOf(shares.group)))
  const isElsewhere = (mutant: string) => others.has(mutant) && shares?.mutants.test(mutant) === true
  return namesOf(beds)
    .filter((mutant) => only.test(mutant) && wanted(mutant) && !isElsewhere(mutant))
    .map((mutant) => resultOf(group.name, mutant, beds, options))
}

const namesOf = (beds: readonly TestBed[]) => [...new Set(beds.flatMap(({ mutants }) => [...mutants.keys()]))]

const environmentsOf = ({ environments: wanted = /./ }: MutantGroup): readonly Environment[] =>
  environments.filter(({ name }) => wanted.test(name))

function testBedsOf(group: MutantGroup): TestBed[] {
  return group.subjects.flatMap((subject) =>
    environmentsOf(group).flatMap((environment) => testBeds(subject, environment, group.layer)),
  )
}

/** A search for a violation of a mutant. */
interface Try {
  readonly bed: TestBed
  /** The run that is made first; 0 if left out. */
  readonly first?: number
  readonly runs: number
  readonly length?: number
}

function resultOf(group: string, mutant: string, beds: readonly TestBed[], options: MutationOptions): MutantResult {
  const before = options.killedBefore(group, mutant)
  const tries: readonly Try[] = [
    ...beds.filter(({ name }) => name === before?.where).map((bed) => ({ bed, first: before?.run ?? 0, runs: 1 })),
    ...options.knownKillers
      .filter((known) => known.groups.test(group) && known.mutants.test(mutant))
      .flatMap(({ environments: at, ...how }) =>
        beds.filter(({ name }) => at.test(name)).map((bed) => ({ bed, ...how })),
      ),
    ...options.rounds.flatMap((runs) => beds.map((bed) => ({ bed, runs }))),
  ]
  for (const { bed, first, runs, length = options.length } of tries) {
    const changed = bed.mutants.get(mutant)
    if (changed === undefined) continue
    const simulator = bed.simulator(changed.host)
    const found =
      simulator === undefined
        ? { violated: 'boot', run: 0 }
        : search(simulator, bed.asked, { ...options, length }, runs, first)
    if (found !== undefined) return { group, mutant, killedBy: found.violated, where: bed.name, runs: found.run }
  }
  return { group, mutant, killedBy: '', where: '', runs: 0 }
}

/** @returns the first property that a run violates, and which run it was */
function search(
  simulator: Simulator,
  asked: readonly Property[],
  { seed, length }: MutationOptions,
  runs: number,
  first = 0,
) {
  for (let done = first; done < first + runs; done += batchRuns) {
    const left = first + runs - done
    const choice = { seed: seed + done, runs: Math.min(batchRuns, left), length, choice: 'biased' } as const
    const [violation] = searchRandom(simulator, asked, choice).violations
    if (violation !== undefined) return { violated: violation.property.name, run: done + violation.index }
  }
  return undefined
}

function testBeds(subject: MutationSubject, environment: Environment, layer: PlanLayer): TestBed[] {
  const { design, driver, backing } = subject
  const parts = withParts(...(environment.parts ?? []))
  const platform: Platform = { ...presets[subject.platform ?? 'tdx-2021-reading'], ...environment.platform }
  const architecture = kvmArchitecture(parts, platform)
  if (architecture !== platform.architecture) return [] // KVM's calls are those of TDX there
  if (environment.layers?.includes(layer) === false || environment.fits?.(design, driver) === false) return []
  if (notApplicable(design, driver, backing, platform) !== undefined) return []
  const given = {
    pages: 4,
    pagesPerSuperpage: 2,
    vcpus: 2,
    devices: 1,
    ...design.scope,
    ...environment.scope,
    ...subject.scope,
    backing,
  }
  const scope = must(makeScope(given))
  const host = hostOf(design, driver, architecture)
  const build = (changed: Host) => machineFrom(scope, platform, parts, changed)
  const original = build(host)
  if (environment.on?.(original) === false) return []
  const mutants = mutantsOf(host, original).filter((mutant) => mutant.layer === layer)
  const { step } = environment
  if (step !== undefined && !mutants.some((mutant) => mutant.name.includes(step))) return []
  return [
    {
      name: `${fullName(design)} · ${driver.name} · ${backing} · ${environment.name}`,
      mutants: new Map(mutants.map((mutant) => [mutant.name, mutant])),
      asked: asked.filter((property) => applies(property, subject, environment, original)),
      simulator: (changed) => boot(() => new Simulator(build(changed))),
      original,
    },
  ]
}

/** What the unchanged hosts of a group violate: a mutant would be killed there for no reason of its own. */
export function ownViolations(group: MutantGroup, options: MutationOptions, runs: number): string[] {
  return group.subjects.flatMap((subject) =>
    environmentsOf(group).flatMap((environment) =>
      testBeds(subject, environment, group.layer).flatMap(({ name, asked, original }) => {
        const found = search(new Simulator(original), asked, options, runs)
        return found === undefined ? [] : [`${name}: ${found.violated}`]
      }),
    ),
  )
}

function applies(property: Property, subject: MutationSubject, environment: Environment, machine: Machine): boolean {
  const { name, needsFailures } = property
  const { parts, scope } = machine
  if (subject.except?.includes(name) === true || subject.except?.includes(`${name} at ${environment.name}`) === true) {
    return false
  }
  if (environment.except?.includes(name) === true || property.notOn?.(machine) !== undefined) return false
  if (needsFailures === true && scope.failures === 0) return false
  return property.parts.every((part) => parts[part])
}

/** Builds a simulator; undefined where the mutant's boot never ends, the only error that a plan can cause. */
function boot(make: () => Simulator): Simulator | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof EndlessPlan) return undefined
    throw error
  }
}
