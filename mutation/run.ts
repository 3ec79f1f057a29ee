import { must } from '../base/result.js'
import { type Design, type Driver, fullName, hostOf, notApplicable } from '../designs/index.js'
import { machineFrom } from '../model/build-machine.js'
import { someVcpuBusy } from '../model/machine/any-active.js'
import type { Machine } from '../model/machine/machine.js'
import { type Part, withParts } from '../model/machine/parts.js'
import { type Platform, presets } from '../model/machine/platform.js'
import { makeScope, type Scope, type ScopeInput } from '../model/machine/scope.js'
import type { Host } from '../model/plan/plan.js'
import { type Property, properties } from '../properties/index.js'
import { noSharedFault } from '../properties/reach.js'
import { searchRandom } from '../search/random/random.js'
import { Simulator } from '../search/simulator.js'
import { type Layer, type Mutant, mutantsOf } from './mutants.js'

/** A machine that gives some steps their meaning: what it adds to the plain one. */
export interface Environment {
  readonly name: string
  readonly scope?: ScopeInput
  readonly platform?: Partial<Platform>
  readonly parts?: readonly Part[]
  readonly backing?: Scope['backing']
  /** Properties that nobody promises there. */
  readonly except?: readonly string[]
  /** Asked only of changes in these layers; of all, if left out. */
  readonly layers?: readonly Layer[]
  /** Only for a driver with a step of this name; for all, if left out. */
  readonly step?: string
}

/** Runs between two looks at what was found. */
const bundle = 25

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

const guest: readonly Part[] = ['secureEpt', 'content']
/** A raw call maps a private page too, whose pin fills in a shared frame beside the private one. */
const raw = ['single-backing']
/** What a call leaves is compared with what it found: two at once would answer for each other. */
const alone = ['errors-as-documented']
const incoherent = { coherentPageWalk: false } as const

/** From the cheapest to those that only few steps need. */
export const environments: readonly Environment[] = [
  { name: 'plain' },
  { name: 'guest', parts: guest },
  { name: 'failure', scope: { failures: 1 } },
  { name: 'arbitrary guest', scope: { guest: 'arbitrary' } },
  { name: 'walk cache', parts: ['walkCache'], layers: ['driver'] },
  { name: 'common pool', scope: { frames: 'pool' }, parts: ['walkCache'], layers: ['driver'] },
  { name: 'device TLB', platform: { ats: true }, layers: ['driver'] },
  {
    name: 'device TLB, one region',
    scope: { pages: 2, vcpus: 1 },
    platform: { ats: true },
    layers: ['driver'],
    step: 'vtd.submit-dsi',
  },
  { name: 'caching mode', platform: { cachingMode: true }, layers: ['driver'] },
  { name: 'incoherent', platform: incoherent, parts: ['coherency', 'walkCache'], layers: ['driver'] },
  {
    name: 'raw calls, incoherent',
    scope: { calls: true, vcpus: 1, start: 'private', frames: 'pool', pages: 2 },
    platform: incoherent,
    parts: ['coherency'],
    except: raw,
    layers: ['driver'],
    step: 'vtd.unlink-table',
  },
  { name: 'attach blocks', platform: { replaceHitless: false }, layers: ['driver'], step: 'vtd.block-translation' },
  { name: 'one superpage', scope: { pagesPerSuperpage: 4 } },
  { name: 'one superpage, failure', scope: { pagesPerSuperpage: 4, failures: 1 } },
  { name: 'one superpage, walk cache', scope: { pagesPerSuperpage: 4 }, parts: ['walkCache'], layers: ['driver'] },
  { name: 'locked memory', scope: { memlockLimit: 2, start: 'private' }, layers: ['driver'], step: 'iommufd.account' },
  { name: 'two units', scope: { units: 2, devices: 2 }, layers: ['driver'] },
  {
    name: 'raw calls',
    scope: { calls: true, failures: 3, vcpus: 1, start: 'private' },
    except: raw,
    layers: ['driver'],
  },
  {
    name: 'raw calls, common pool',
    scope: { calls: true, failures: 3, vcpus: 1, start: 'private', frames: 'pool' },
    parts: ['walkCache'],
    except: raw,
    layers: ['driver'],
  },
  { name: 'common pool, failure', scope: { frames: 'pool', failures: 1 }, parts: ['walkCache'], layers: ['driver'] },
  { name: 'two raw callers', scope: { calls: true, start: 'private' }, except: raw, layers: ['driver'] },
  {
    name: 'two raw callers, locked memory',
    scope: { calls: true, memlockLimit: 1, pages: 2, start: 'private' },
    except: [...raw, ...alone],
    layers: ['driver'],
    step: 'iommufd.account',
  },
  {
    name: 'two raw callers, one region',
    scope: { calls: true, start: 'private', pages: 2 },
    except: raw,
    layers: ['driver'],
    step: 'area.join',
  },
  {
    name: 'two raw callers, failure',
    scope: { calls: true, failures: 1, start: 'private' },
    except: [...raw, ...alone],
    layers: ['driver'],
    step: 'iommufd.use-domain',
  },
  { name: 'arbitrary guest, failure', scope: { guest: 'arbitrary', failures: 1 }, layers: ['design'] },
  { name: 'arbitrary guest, failure', scope: { guest: 'arbitrary', failures: 1 }, layers: ['design'] },
  {
    name: 'raw calls, device TLB',
    scope: { calls: true, vcpus: 1, start: 'private', pages: 2 },
    platform: { ats: true },
    except: raw,
    layers: ['driver'],
    step: 'vtd.submit-dsi',
  },
  { name: 'host access', parts: ['hostAccess'], layers: ['design', 'kvm'] },
  { name: 'guest, failure', parts: guest, scope: { failures: 1 }, layers: ['design', 'kvm'] },
  { name: 'arbitrary guest, secure EPT', parts: guest, scope: { guest: 'arbitrary' }, layers: ['design', 'kvm'] },
]

/** A design whose machines put a layer's plans to the test. */
export interface Subject {
  readonly design: Design
  readonly driver: Driver
  readonly backing: Scope['backing']
  /** What the design itself violates: a property everywhere, or `property at stand`. */
  readonly except?: readonly string[]
  /** Stands that are not the design's. */
  readonly without?: readonly string[]
}

/** Plans of one layer; a change of them is caught if any of the subjects catches it. */
export interface MutantGroup {
  readonly name: string
  readonly layer: Layer
  readonly subjects: readonly Subject[]
  /** A jaw that tries what the two have in common: changes of the same name, in plans that are built of one piece. */
  readonly shares?: { readonly jaw: MutantGroup; readonly mutants: RegExp }
}

/** What became of a mutant: the property that caught it, where, and in which run; empty for a survivor. */
export interface MutantResult {
  readonly jaw: string
  readonly mutant: string
  readonly caughtBy: string
  readonly where: string
  readonly runs: number
}

/** A change that few schedules show, and the stands where a longer search does: these are tried first. */
export interface KnownKiller {
  readonly jaws: RegExp
  readonly mutants: RegExp
  readonly stands: RegExp
  readonly runs: number
}

export interface MutationOptions {
  readonly seed: number
  /** Runs on each stand, round by round: what survives a round goes to the next. */
  readonly rounds: readonly number[]
  /** Actions of a run at the most. */
  readonly length: number
  readonly hints: readonly KnownKiller[]
}

interface Site {
  readonly name: string
  readonly mutants: ReadonlyMap<string, Mutant>
  readonly asked: readonly Property[]
  readonly bench: (host: Host) => Simulator | undefined
}

/**
 * Tries every mutant of a layer on every stand that has it, until a property catches it. A mutant of a part that
 * the jaw shares with another is left to that other.
 *
 * @param wanted which mutants; all, if left out
 */
export function runMutants(
  jaw: MutantGroup,
  options: MutationOptions,
  wanted: (mutant: string) => boolean = () => true,
): MutantResult[] {
  const sites = sitesOf(jaw)
  const { shares } = jaw
  const others = new Set(shares === undefined ? [] : namesOf(sitesOf(shares.jaw)))
  const isElsewhere = (mutant: string) => others.has(mutant) && shares?.mutants.test(mutant) === true
  return namesOf(sites)
    .filter((mutant) => wanted(mutant) && !isElsewhere(mutant))
    .map((mutant) => fateOf(jaw.name, mutant, sites, options))
}

const namesOf = (sites: readonly Site[]) => [...new Set(sites.flatMap(({ mutants }) => [...mutants.keys()]))]

function sitesOf(jaw: MutantGroup): Site[] {
  return jaw.subjects.flatMap((subject) => environments.flatMap((stand) => site(subject, stand, jaw.layer)))
}

function fateOf(jaw: string, mutant: string, sites: readonly Site[], options: MutationOptions): MutantResult {
  const hinted = options.hints
    .filter((hint) => hint.jaws.test(jaw) && hint.mutants.test(mutant))
    .flatMap(({ stands: at, runs }) => sites.filter(({ name }) => at.test(name)).map((site) => ({ site, runs })))
  const rounds = options.rounds.flatMap((runs) => sites.map((site) => ({ site, runs })))
  for (const { site, runs } of [...hinted, ...rounds]) {
    const changed = site.mutants.get(mutant)
    if (changed === undefined) continue
    const bench = site.bench(changed.host)
    const found = bench === undefined ? { violated: 'boot', run: 0 } : search(bench, site.asked, options, runs)
    if (found !== undefined) return { jaw, mutant, caughtBy: found.violated, where: site.name, runs: found.run }
  }
  return { jaw, mutant, caughtBy: '', where: '', runs: 0 }
}

/** @returns the first property that a run violates, and which run it was */
function search(bench: Simulator, asked: readonly Property[], { seed, length }: MutationOptions, runs: number) {
  for (let done = 0; done < runs; done += bundle) {
    const choice = { seed: seed + done, runs: Math.min(bundle, runs - done), length, choice: 'biased' } as const
    const [violation] = searchRandom(bench, asked, choice).violations
    if (violation !== undefined) return { violated: violation.property.name, run: done + violation.index }
  }
  return undefined
}

function site(subject: Subject, stand: Environment, layer: Layer): Site[] {
  const { design, driver, backing } = subject
  if (stand.layers?.includes(layer) === false || subject.without?.includes(stand.name) === true) return []
  const platform: Platform = { ...presets['tdx-2021-reading'], ...stand.platform }
  if (notApplicable(design, driver, backing, platform) !== undefined) return []
  const given = { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1, ...design.scope, ...stand.scope, backing }
  const scope = must(makeScope(given))
  const host = hostOf(design, driver)
  const build = (changed: Host) => machineFrom(scope, platform, withParts(...(stand.parts ?? [])), changed)
  const original = build(host)
  const mutants = mutantsOf(host, original).filter((mutant) => mutant.layer === layer)
  const { step } = stand
  if (step !== undefined && !mutants.some((mutant) => mutant.name.includes(step))) return []
  return [
    {
      name: `${fullName(design)} · ${driver.name} · ${backing} · ${stand.name}`,
      mutants: new Map(mutants.map((mutant) => [mutant.name, mutant])),
      asked: asked.filter((property) => applies(property, subject, stand, original)),
      bench: (changed) => boot(() => new Simulator(build(changed))),
    },
  ]
}

/** What the unchanged hosts of a jaw violate, which would make every catch there worthless. */
export function ownViolations(jaw: MutantGroup, options: MutationOptions, runs: number): string[] {
  return jaw.subjects.flatMap((subject) =>
    environments.flatMap((stand) =>
      site(subject, stand, jaw.layer).flatMap(({ name, asked, bench }) => {
        const unchanged = bench(hostOf(subject.design, subject.driver))
        const found = unchanged && search(unchanged, asked, options, runs)
        return found === undefined ? [] : [`${name}: ${found.violated}`]
      }),
    ),
  )
}

function applies(property: Property, subject: Subject, stand: Environment, { parts, scope }: Machine): boolean {
  const { name, needsFailures } = property
  if (subject.except?.includes(name) === true || subject.except?.includes(`${name} at ${stand.name}`) === true) {
    return false
  }
  if (stand.except?.includes(name) === true) return false
  if (needsFailures === true && scope.failures === 0) return false
  return property.parts.every((part) => parts[part])
}

/** The one exception of the model that a plan can cause: a boot that waits for ever. */
function boot(make: () => Simulator): Simulator | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('the plan waits for ever')) return undefined
    throw error
  }
}
