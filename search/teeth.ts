import { type Design, type Driver, fullName, hostOf, notApplicable } from '../designs/index.js'
import { must } from '../model/checked.js'
import type { Machine } from '../model/machine.js'
import { makeMachine } from '../model/make.js'
import { type Part, withParts } from '../model/parts.js'
import type { Host } from '../model/plan.js'
import { type Platform, presets } from '../model/platform.js'
import { makeScope, type Scope, type ScopeInput } from '../model/scope.js'
import { Phase, type State } from '../model/state.js'
import { type Property, properties } from '../properties/index.js'
import { noSharedFault } from '../properties/reach.js'
import { type Layer, type Mutant, mutantsOf } from './mutants.js'
import { searchRandom } from './random.js'
import { Bench } from './run.js'

/** A machine that gives some steps their meaning: what it adds to the plain one. */
export interface Stand {
  readonly name: string
  readonly scope?: ScopeInput
  readonly platform?: Partial<Platform>
  readonly parts?: readonly Part[]
  readonly backing?: Scope['backing']
  /** Properties that nobody promises there. */
  readonly except?: readonly string[]
  /** Asked only of changes in these layers; of all, if left out. */
  readonly layers?: readonly Layer[]
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
  holdsAfter: (m, s) => noSharedFault.holdsAfter?.(m, s) !== false || someRunning(m, s),
}

function someRunning(m: Machine, s: State): boolean {
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.phase[vcpu] !== Phase.Idle) return true
  return false
}

const asked: readonly Property[] = [...properties, noSharedFaultAtRest]

const guest: readonly Part[] = ['secureEpt', 'content']
/** A raw call maps a private page too, whose pin fills in a shared frame beside the private one. */
const raw = ['single-backing']
const incoherent = { coherentPageWalk: false } as const

/** From the cheapest to those that only few steps need. */
export const stands: readonly Stand[] = [
  { name: 'plain' },
  { name: 'guest', parts: guest },
  { name: 'failure', scope: { failures: 1 } },
  { name: 'arbitrary guest', scope: { guest: 'arbitrary' } },
  { name: 'walk cache', parts: ['walkCache'], layers: ['driver'] },
  { name: 'common pool', scope: { frames: 'pool' }, parts: ['walkCache'], layers: ['driver'] },
  { name: 'device TLB', platform: { ats: true }, layers: ['driver'] },
  { name: 'caching mode', platform: { cachingMode: true }, layers: ['driver'] },
  { name: 'incoherent', platform: incoherent, parts: ['coherency', 'walkCache'], layers: ['driver'] },
  { name: 'attach blocks', platform: { replaceHitless: false }, layers: ['driver'] },
  { name: 'one superpage', scope: { pagesPerSuperpage: 4 } },
  { name: 'one superpage, failure', scope: { pagesPerSuperpage: 4, failures: 1 } },
  { name: 'one superpage, walk cache', scope: { pagesPerSuperpage: 4 }, parts: ['walkCache'], layers: ['driver'] },
  { name: 'two units', scope: { units: 2, devices: 2 }, layers: ['driver'] },
  {
    name: 'raw calls',
    scope: { calls: true, failures: 3, vcpus: 1, start: 'private' },
    except: raw,
    layers: ['driver'],
  },
  { name: 'two raw callers', scope: { calls: true, start: 'private' }, except: raw, layers: ['driver'] },
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
export interface Jaw {
  readonly name: string
  readonly layer: Layer
  readonly subjects: readonly Subject[]
}

/** What became of a mutant: the property that caught it, and where; both empty for a survivor. */
export interface Fate {
  readonly jaw: string
  readonly mutant: string
  readonly caughtBy: string
  readonly where: string
}

export interface TeethOptions {
  readonly seed: number
  /** Runs on each stand, round by round: what survives a round goes to the next. */
  readonly rounds: readonly number[]
  /** Actions of a run at the most. */
  readonly length: number
}

interface Site {
  readonly name: string
  readonly mutants: ReadonlyMap<string, Mutant>
  readonly asked: readonly Property[]
  /** Witnesses that the unchanged host shows in a small part of the runs. */
  readonly witnessed: ReadonlySet<string>
  readonly bench: (host: Host) => Bench | undefined
}

/**
 * Tries every mutant of a layer on every stand that has it, until a property catches it.
 *
 * @param wanted which mutants; all, if left out
 */
export function bite(jaw: Jaw, options: TeethOptions, wanted: (mutant: string) => boolean = () => true): Fate[] {
  const sites = jaw.subjects.flatMap((subject) => stands.flatMap((stand) => site(subject, stand, jaw.layer, options)))
  const names = new Set(sites.flatMap(({ mutants }) => [...mutants.keys()]))
  return [...names].filter(wanted).map((mutant) => ({ jaw: jaw.name, mutant, ...catcher(mutant, sites, options) }))
}

function catcher(name: string, sites: readonly Site[], options: TeethOptions): Pick<Fate, 'caughtBy' | 'where'> {
  const last = options.rounds.length - 1
  for (const [round, runs] of options.rounds.entries()) {
    for (const { name: where, mutants, asked, witnessed, bench } of sites) {
      const mutant = mutants.get(name)
      if (mutant === undefined) continue
      const machine = bench(mutant.host)
      if (machine === undefined) return { caughtBy: 'boot', where }
      const { violated, vacuous } = search(machine, asked, options, runs)
      const lost = round < last ? undefined : vacuous.find((property) => witnessed.has(property))
      if (violated !== undefined) return { caughtBy: violated, where }
      if (lost !== undefined) return { caughtBy: `${lost}, vacuous`, where }
    }
  }
  return { caughtBy: '', where: '' }
}

/** @returns the first violated property, and those whose witness was not seen */
function search(bench: Bench, asked: readonly Property[], { seed, length }: TeethOptions, runs: number) {
  let vacuous: string[] = asked.map(({ name }) => name)
  for (let done = 0; done < runs; done += bundle) {
    const result = searchRandom(bench, asked, { seed: seed + done, runs: bundle, length, choice: 'biased' })
    const [violation] = result.violations
    if (violation !== undefined) return { violated: violation.property.name, vacuous: [] }
    vacuous = vacuous.filter((name) => result.vacuous.includes(name))
  }
  return { violated: undefined, vacuous }
}

function site(subject: Subject, stand: Stand, layer: Layer, options: TeethOptions): Site[] {
  const { design, driver, backing } = subject
  if (stand.layers?.includes(layer) === false || subject.without?.includes(stand.name) === true) return []
  const platform: Platform = { ...presets['tdx-2021-reading'], ...stand.platform }
  if (notApplicable(design, driver, backing, platform) !== undefined) return []
  const given = { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1, ...design.scope, ...stand.scope, backing }
  const scope = must(makeScope(given))
  const host = hostOf(design, driver)
  const build = (changed: Host) => makeMachine(scope, platform, withParts(...(stand.parts ?? [])), changed)
  const original = build(host)
  const judges = asked.filter((property) => applies(property, subject, stand, original))
  const { violated, vacuous } = search(
    new Bench(original),
    judges,
    options,
    Math.ceil((options.rounds.at(-1) ?? 1) / 8),
  )
  if (violated !== undefined)
    throw new Error(`${fullName(design)} itself violates ${violated} at ${stand.name}, ${backing}`)
  const witnessed = new Set(judges.map(({ name }) => name).filter((name) => !vacuous.includes(name)))
  const mutants = mutantsOf(host, original).filter((mutant) => mutant.layer === layer)
  const name = `${fullName(design)} · ${driver.name} · ${backing} · ${stand.name}`
  const bench = (changed: Host) => boot(() => new Bench(build(changed)))
  return [{ name, mutants: new Map(mutants.map((mutant) => [mutant.name, mutant])), asked: judges, witnessed, bench }]
}

function applies(property: Property, subject: Subject, stand: Stand, { parts, scope }: Machine): boolean {
  const { name, needsFailures } = property
  if (subject.except?.includes(name) === true || subject.except?.includes(`${name} at ${stand.name}`) === true) {
    return false
  }
  if (stand.except?.includes(name) === true) return false
  if (needsFailures === true && scope.failures === 0) return false
  return property.parts.every((part) => parts[part])
}

/** The one exception of the model that a plan can cause: a boot that waits for ever. */
function boot(make: () => Bench): Bench | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('the boot plan waits for ever')) return undefined
    throw error
  }
}
