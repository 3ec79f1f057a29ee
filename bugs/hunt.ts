import { must } from '../base/result.js'
import { withDesigns } from '../search/catalogue/catalogue.js'
import { type Configuration, configurations } from '../search/check/configurations.js'
import { type CheckedMachine, type DesignQuestion, machineIn } from '../search/check/machines.js'
import type { Trace } from '../search/trace.js'
import { checkMachine, type Verdict } from '../search/verdict.js'
import { type Bug, fixed, planted } from './bug.js'
import type { Subject } from './subject.js'

export interface HuntOptions {
  readonly seed: number
  /** Runs of each search, at most. */
  readonly runs: number
  /** Actions of a run, at most. */
  readonly length: number
  /** Bounds of the search for a shorter counterexample than the shrunk one, in seconds and in states. */
  readonly shorten: number
  readonly shortenStates: number
}

/** What a hunt found. */
export interface Hunt {
  /** The shrunk counterexample, and the runs up to it; undefined if none showed the violation. */
  readonly found: { readonly trace: Trace; readonly runs: number } | undefined
  /** Why the fixed subject violates the property in as many runs; undefined if it does not. */
  readonly fixBreaks: string | undefined
  /** In how many runs the fixed subject was searched. */
  readonly fixRuns: number
}

/** The bound of states is met long before that of time, so that the same is found on every machine. */
export const defaultHunt: HuntOptions = { seed: 1, runs: 3000, length: 120, shorten: 20, shortenStates: 30_000 }

/** Looks for the violation that a bug must lead to, on its machine; and, on the same, for one of its fix. */
export function hunt(bug: Bug, options: HuntOptions = defaultHunt): Hunt {
  const { trace, runs } = search(bug, planted(bug), options)
  const again = fixRuns(trace === undefined ? options.runs : runs, options)
  const left = search(bug, fixed(bug), { ...options, runs: again })
  const found = trace === undefined ? undefined : { trace, runs }
  return { found, fixBreaks: left.trace?.header.why, fixRuns: left.runs }
}

/** As many as the bug took, and no fewer than those that most bugs take. */
const fixRuns = (found: number, { runs }: HuntOptions) => Math.min(runs, Math.max(100, found))

function search(bug: Bug, { design }: Subject, options: HuntOptions): Verdict {
  const machine = machineOf(bug, design)
  const [verdict] = must(checkMachine(machine.setup, machine.properties, options, withDesigns(design)))
  if (verdict === undefined) throw new Error(`${bug.id}: no property ${bug.breaks}`)
  return verdict
}

/** What `check` is asked about a bug's subject, with the bug in it or without. */
export const huntQuestion = (bug: Bug, { design, driver }: Subject, properties: readonly string[]): DesignQuestion => ({
  design,
  driver: driver.name,
  backing: bug.plantedIn.backing,
  scope: {},
  platform: 'tdx-2021-reading',
  parts: [],
  properties,
})

/** @throws if the property is not judged there */
function machineOf(bug: Bug, design: Subject['design']): CheckedMachine {
  const driver = design.drivers[0]
  const asked = driver && huntQuestion(bug, { design, driver }, [bug.breaks])
  const machine = asked && machineIn(asked, configurationOf(bug))
  if (machine === undefined) throw new Error(`${bug.id}: ${bug.breaks} is not judged in configuration ${bug.where}`)
  return machine
}

/** The configuration in which a bug shows, with the bug's changes. @throws Error if there is no such configuration */
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
