import { isDeepStrictEqual } from 'node:util'
import { ok } from '../../base/result.js'
import type { Archived } from '../archive/load.js'
import { isNamedFor } from '../archive/naming.js'
import type { SavedVerdict } from '../archive/save.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import { smallSetup } from '../exhaustive/small-search.js'
import { buildMachine, setupText } from '../machine-config.js'
import { replay, Simulator } from '../simulator.js'
import { codesOf, type Trace } from '../trace.js'
import { emptyVerdict } from '../verdict.js'
import type { Job } from './job.js'

/** What the traces of an archive show again, and what is still to be searched. */
export interface Retried {
  readonly judged: readonly SavedVerdict[]
  /** The job without the properties that a trace violates. */
  readonly rest: Job
}

/** Whether a file of this name is a trace of the job's design and driver. */
export const isTraceOf = (name: string, { setup }: Job): boolean => isNamedFor(name, [setup.design, setup.driver])

/**
 * Replays the archived traces of a job's machine. A trace that no longer fails, or no longer replays, is left out, and
 * so is one of a design, driver or property that another module exports by the same name.
 */
export function retryArchived(job: Job, traces: readonly Archived<Trace>[], catalogue: Catalogue): Retried {
  const judged: SavedVerdict[] = []
  for (const archived of traces) {
    const { property } = archived.value.header
    if (!job.properties.includes(property) || judged.some(({ verdict }) => verdict.property === property)) continue
    const again = violatedAgain(archived, job, catalogue)
    if (again !== undefined) judged.push(again)
  }
  const violated = judged.map(({ verdict }) => verdict.property)
  return { judged, rest: { ...job, properties: job.properties.filter((name) => !violated.includes(name)) } }
}

/** The machine of a job, and the small one of the search that goes before its runs. */
const machinesOf = ({ setup, small }: Job): string[] =>
  [setup, ...(small === undefined ? [] : [smallSetup(setup)])].map(setupText)

function violatedAgain(
  { path, value: trace }: Archived<Trace>,
  job: Job,
  catalogue: Catalogue,
): SavedVerdict | undefined {
  const { header, steps } = trace
  const property = catalogue.findProperty(header.property)
  if (property === undefined || !machinesOf(job).includes(setupText(header.setup))) return undefined
  const { designs } = catalogue.filesFor(header.setup, property)
  if (!isDeepStrictEqual(designs, header.designs)) return undefined
  const built = buildMachine(header.setup, catalogue)
  if (!built.ok) return undefined
  const simulator = new Simulator(built.value.machine)
  const codes = codesOf(simulator, trace)
  const failure = codes.ok ? replay(simulator, codes.value.run, property).failure : undefined
  if (failure === undefined) return undefined
  const why = `${failure.why} (found before, and there again)`
  const verdict = emptyVerdict(header.setup, property, 'violated', why, header.seed)
  return { verdict: { ...verdict, steps: steps.length, trace }, saved: ok(path) }
}
