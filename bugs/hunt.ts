import { must } from '../base/result.js'
import { type Property, properties } from '../properties/index.js'
import { type Configuration, configurations } from '../search/check/configurations.js'
import { machineIn } from '../search/check/machines.js'
import { buildMachine } from '../search/machine-config.js'
import { minimise } from '../search/minimise.js'
import { searchRandom } from '../search/random/random.js'
import { replay, Simulator } from '../search/simulator.js'
import { record, type Trace } from '../search/trace.js'
import { type Bug, fixed, planted } from './bug.js'
import type { Subject } from './subject.js'

export interface HuntOptions {
  readonly seed: number
  /** Runs of each search, at most. */
  readonly runs: number
  /** Actions of a run, at most. */
  readonly length: number
}

/** What a hunt found. */
export interface Hunt {
  /** The shrunk counterexample, and the number of the run that showed it first; undefined if none did. */
  readonly found: { readonly trace: Trace; readonly run: number } | undefined
  /** Why the fixed subject violates the property in as many runs; undefined if it does not. */
  readonly fixBreaks: string | undefined
}

export const defaultHunt: HuntOptions = { seed: 1, runs: 3000, length: 120 }

/** Looks for the violation that a bug must lead to, on its machine; and, on the same, for one of its fix. */
export function hunt(bug: Bug, options: HuntOptions = defaultHunt): Hunt {
  const found = search(bug, planted(bug), options)
  const left = search(bug, fixed(bug), { ...options, runs: fixRuns(found, options) })
  return { found, fixBreaks: left?.trace.header.why }
}

/** As many as the bug took, and no fewer than those that most bugs take. */
const fixRuns = (found: Hunt['found'], { runs }: HuntOptions) => Math.min(runs, Math.max(100, (found?.run ?? runs) + 1))

function search(bug: Bug, { design, driver }: Subject, options: HuntOptions): Hunt['found'] {
  const question = {
    design,
    driver: driver.name,
    backing: bug.plantedIn.backing,
    scope: {},
    platform: 'tdx-2021-reading',
    parts: [],
    properties: [bug.breaks],
  }
  const machine = machineIn(question, configurationOf(bug))
  if (machine === undefined) throw new Error(`${bug.id}: ${bug.breaks} is not judged in configuration ${bug.where}`)
  const opened = must(buildMachine(machine.setup, [design]))
  const simulator = new Simulator(opened.machine)
  const property = propertyOf(bug)
  const [violation] = searchRandom(simulator, [property], { ...options, choice: 'biased' }).violations
  if (violation === undefined) return undefined
  const { run } = minimise(simulator, violation.run, property)
  const why = replay(simulator, run, property).failure?.why ?? ''
  const seed = options.seed + violation.index
  return { trace: record(simulator, opened.setup, run, { property: property.name, seed, why }), run: violation.index }
}

/** @throws if there is no such property */
export function propertyOf({ id, breaks }: Bug): Property {
  const property = properties.find(({ name }) => name === breaks)
  if (property === undefined) throw new Error(`${id}: no property ${breaks}`)
  return property
}

/** The configuration with what the bug changes in it. */
export function configurationOf({ where, scope, platform, parts }: Bug): Configuration {
  const base: Configuration | undefined = configurations.find(({ name }) => name === where)
  if (base === undefined) throw new Error(`no configuration ${where}`)
  return {
    ...base,
    scope: { ...base.scope, ...scope },
    platform: { ...base.platform, ...platform },
    parts: [...(base.parts ?? []), ...(parts ?? [])],
  }
}
