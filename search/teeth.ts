import { type Design, type Driver, fullName, hostOf, notApplicable } from '../designs/index.js'
import { must } from '../model/checked.js'
import { makeMachine } from '../model/make.js'
import { type Part, withParts } from '../model/parts.js'
import type { Host } from '../model/plan.js'
import { type Platform, presets } from '../model/platform.js'
import { makeScope, type Scope, type ScopeInput } from '../model/scope.js'
import { type Property, properties } from '../properties/index.js'
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
  /** Asked only of changes in these layers; of all, if left out. */
  readonly layers?: readonly Layer[]
}

const guest: readonly Part[] = ['secureEpt', 'content']
const incoherent = { coherentPageWalk: false } as const

/** From the cheapest to those that only few steps need. */
export const stands: readonly Stand[] = [
  { name: 'plain' },
  { name: 'guest', parts: guest },
  { name: 'failure', scope: { failures: 1 } },
  { name: 'arbitrary guest', scope: { guest: 'arbitrary' } },
  { name: 'walk cache', parts: ['walkCache'], layers: ['driver'] },
  { name: 'device TLB', platform: { ats: true }, layers: ['driver'] },
  { name: 'caching mode', platform: { cachingMode: true }, layers: ['driver'] },
  { name: 'incoherent', platform: incoherent, parts: ['coherency'], layers: ['driver'] },
  { name: 'two units', scope: { units: 2, devices: 2 }, layers: ['driver'] },
  { name: 'raw calls', scope: { calls: true, failures: 1 }, layers: ['driver'] },
  { name: 'host access', parts: ['hostAccess'], layers: ['design', 'kvm'] },
  { name: 'guest, failure', parts: guest, scope: { failures: 1 }, layers: ['design', 'kvm'] },
  { name: 'arbitrary guest, secure EPT', parts: guest, scope: { guest: 'arbitrary' }, layers: ['design', 'kvm'] },
]

/** Whose mutants are tried, where. */
export interface Subject {
  readonly design: Design
  readonly driver: Driver
  readonly backing: Scope['backing']
  readonly layers: readonly Layer[]
  /** Properties that the design itself violates. */
  readonly except: readonly string[]
}

export const subjectName = ({ design, driver, backing }: Subject): string =>
  `${fullName(design)} · ${driver.name} · ${backing}`

/** What became of a mutant: the property that caught it, and on which stand; both empty for a survivor. */
export interface Fate {
  readonly subject: string
  readonly mutant: string
  readonly layer: Layer
  readonly caughtBy: string
  readonly stand: string
}

export interface TeethOptions {
  readonly seed: number
  /** Runs on each stand, round by round: what survives a round goes to the next. */
  readonly rounds: readonly number[]
  /** Actions of a run at the most. */
  readonly length: number
}

interface Site {
  readonly stand: Stand
  readonly mutants: ReadonlyMap<string, Mutant>
  readonly asked: readonly Property[]
  /** Witnesses that the unchanged host shows in a small part of the runs. */
  readonly witnessed: ReadonlySet<string>
  readonly bench: (host: Host) => Bench | undefined
}

/** Tries every mutant of a subject on every stand that has it, until a property catches it. */
export function biteAll(subject: Subject, options: TeethOptions): Fate[] {
  const sites = stands.flatMap((stand) => site(subject, stand, options))
  const names = new Map(sites.flatMap(({ mutants }) => [...mutants.values()].map(({ name, layer }) => [name, layer])))
  return [...names].map(([mutant, layer]) => ({
    subject: subjectName(subject),
    mutant,
    layer,
    ...catcher(mutant, sites, options),
  }))
}

function catcher(name: string, sites: readonly Site[], options: TeethOptions): { caughtBy: string; stand: string } {
  const last = options.rounds.length - 1
  for (const [round, runs] of options.rounds.entries()) {
    for (const { stand, mutants, asked, witnessed, bench } of sites) {
      const mutant = mutants.get(name)
      if (mutant === undefined) continue
      const machine = bench(mutant.host)
      if (machine === undefined) return { caughtBy: 'boot', stand: stand.name }
      const { violated, vacuous } = search(machine, asked, options, runs)
      const lost = round < last ? undefined : vacuous.find((property) => witnessed.has(property))
      if (violated !== undefined) return { caughtBy: violated, stand: stand.name }
      if (lost !== undefined) return { caughtBy: `${lost} (vacuous)`, stand: stand.name }
    }
  }
  return { caughtBy: '', stand: '' }
}

/** @returns the first violated property, and those whose witness was not seen */
function search(bench: Bench, asked: readonly Property[], { seed, length }: TeethOptions, runs: number) {
  let violated: string | undefined
  const chosen = { seed, length, choice: 'biased' } as const
  let done = 0
  let vacuous: readonly string[] = []
  while (done < runs && violated === undefined) {
    const result = searchRandom(bench, asked, { ...chosen, seed: seed + done, runs: runs - done })
    violated = result.violations[0]?.property.name
    vacuous = result.vacuous
    done += result.runs
  }
  return { violated, vacuous }
}

function site(subject: Subject, stand: Stand, options: TeethOptions): Site[] {
  const { design, driver, backing, layers } = subject
  if (stand.layers !== undefined && !stand.layers.some((layer) => layers.includes(layer))) return []
  const platform: Platform = { ...presets['tdx-2021-reading'], ...stand.platform }
  if (notApplicable(design, driver, backing, platform) !== undefined) return []
  const given = { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1, ...design.scope, ...stand.scope, backing }
  const scope = must(makeScope(given))
  const parts = withParts(...(stand.parts ?? []))
  const host = hostOf(design, driver)
  const build = (changed: Host) => makeMachine(scope, platform, parts, changed)
  const original = build(host)
  const mutants = mutantsOf(host, original).filter(({ layer }) => isAsked(layer, subject, stand))
  const asked = properties.filter((property) => applies(property, subject, original.parts, scope))
  const { vacuous } = search(new Bench(original), asked, options, Math.ceil((options.rounds.at(-1) ?? 1) / 8))
  const witnessed = new Set(asked.map(({ name }) => name).filter((name) => !vacuous.includes(name)))
  const bench = (changed: Host) => boot(() => new Bench(build(changed)))
  return [{ stand, mutants: new Map(mutants.map((mutant) => [mutant.name, mutant])), asked, witnessed, bench }]
}

const isAsked = (layer: Layer, subject: Subject, stand: Stand) =>
  subject.layers.includes(layer) && (stand.layers === undefined || stand.layers.includes(layer))

function applies(property: Property, subject: Subject, parts: Readonly<Record<Part, boolean>>, scope: Scope): boolean {
  if (subject.except.includes(property.name)) return false
  if (property.needsFailures === true && scope.failures === 0) return false
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
