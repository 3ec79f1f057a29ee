import { type Problem, problemText, type Result } from '../../base/result.js'
import { type DesignRun, type DesignRunOptions, openDesign, runDesign } from '../../conform/design-run/run.js'
import { fullName } from '../../designs/index.js'
import { outcomesOfDesignRun } from '../../report/ci/design-run.js'
import type { CiOutcome } from '../../report/ci/outcome.js'
import { designRunJson } from '../../report/json/design-run.js'
import { replayOnText } from '../../report/text/command.js'
import { designRunText, outcomeOf, seenProperties } from '../../report/text/design-run.js'
import type { Judged } from '../../report/text/judged.js'
import { makePaint } from '../../report/text/paint.js'
import type { Catalogue } from '../../search/catalogue/catalogue.js'
import type { Job } from '../../search/jobs/job.js'
import type { BuiltMachine } from '../../search/machine-config.js'
import { Status } from '../exit-status.js'
import type { FoundTarget } from '../options/found-target.js'
import { runLength } from '../options/values.js'
import { searchAll } from '../search-all.js'
import { complain, complainOf, type Io } from '../terminal/io.js'
import { runWatched } from '../terminal/watch.js'
import { keepDivergence } from './keep.js'

/** A design to run on a target, and what is done with the result. */
export interface DesignRunTask {
  readonly options: DesignRunOptions
  readonly json: boolean
  /** Where counterexamples and divergences are kept. */
  readonly folder: string
  readonly catalogue: Catalogue
}

export interface EndedRun {
  readonly status: number
  /** What is to be printed, if there is something. */
  readonly text?: string
  /** The same for a CI. */
  readonly outcomes?: readonly CiOutcome[]
}

/** The platform that a design is judged by, where neither the user nor the target names one before it starts. */
export const defaultPlatform = 'linux-7.2'
/** Runs of the model's search, as in `check`. */
const modelRuns = 5000

const statuses = {
  held: Status.Held,
  violated: Status.Violated,
  differs: Status.Violated,
  untested: Status.Inconclusive,
} as const

/** Runs a design with one driver on a target, and asks the model the same. */
export async function runOnTarget(io: Io, target: Result<FoundTarget>, task: DesignRunTask): Promise<EndedRun> {
  const named = target.ok ? target.value.named.platform : undefined
  const options = named === undefined ? task.options : { platform: named, ...task.options }
  const opened = openDesign(options, options.platform ?? defaultPlatform)
  if (!opened.ok) return refuse(io, opened.problem, Status.Inconclusive)
  if (!target.ok) return refuse(io, target.problem, Status.BadInput)
  const { open, word } = target.value
  const ran = await runWatched(io, 'run', (watch) => runDesign(open, { ...options, ...watch }))
  if (!ran.ok) return refuse(io, ran.problem, Status.BadInput)
  const transcript = keep(io, ran.value, task, target.value)
  const judged = await askModel(io, opened.value, task, ran.value.platform)
  if (judged === undefined) return { status: Status.Inconclusive }
  return endedOf(io, ran.value, judged, { transcript, word, json: task.json })
}

/** What is printed of a run beside what the model says, and how the command ends for it. */
export function endedOf(
  io: Io,
  ran: DesignRun,
  judged: readonly Judged[],
  { transcript, word, json }: { readonly transcript: string | null; readonly word: string; readonly json: boolean },
): EndedRun {
  const text = json
    ? JSON.stringify(designRunJson(ran, judged, transcript), null, 1)
    : designRunText(ran, judged, transcript && replayOnText(transcript, word), makePaint(io.colors))
  return { status: statuses[outcomeOf(ran, judged)], text, outcomes: outcomesOfDesignRun(ran, judged) }
}

function refuse(io: Io, problem: Problem, status: number): EndedRun {
  complainOf(io, problem)
  return { status }
}

/** What the model is asked of the same design, driver and platform. */
export function modelJob(
  { setup }: BuiltMachine,
  { design, driver, seed }: Pick<DesignRunOptions, 'design' | 'driver' | 'seed'>,
  platform: string,
): Job {
  const { start, requests } = setup.scope
  const scope = { pages: 4, pagesPerSuperpage: 2, vcpus: 2, devices: 1, start, requests }
  const asked = { design: fullName(design), driver: driver.name, scope, platform }
  return { setup: asked, properties: seenProperties, options: { seed, runs: modelRuns, length: runLength } }
}

/** What the model says; undefined if the user ended its search. */
export async function askModel(
  io: Io,
  opened: BuiltMachine,
  { options, folder, catalogue }: Omit<DesignRunTask, 'json'>,
  platform: string,
): Promise<readonly Judged[] | undefined> {
  const job = modelJob(opened, options, platform)
  const { judged, result } = await searchAll(io, [job], { jobs: 0, folder, title: 'the model', catalogue })
  if (result.ended === 'bug') throw new Error(result.stack)
  return result.ended === 'all' ? (judged[0] ?? []) : undefined
}

/** Puts a reply that the model does not allow on disk. @returns where, or null */
function keep(
  io: Io,
  { divergence, target, platform, observes }: DesignRun,
  { options: { seed }, folder }: DesignRunTask,
  { guest }: FoundTarget,
): string | null {
  if (divergence === undefined) return null
  const subject = { target, platforms: [platform], observes }
  const saved = keepDivergence(divergence, subject, { what: 'run', seed, guest, folder })
  if (saved.ok) return saved.value
  complain(io, `${problemText(saved.problem)}; nothing is lost: in full above`)
  return null
}
