import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CampaignStatus } from '../../search/cells/campaign-status.js'
import type { Cell, CellPlan } from '../../search/cells/cell.js'
import { contradictionsName } from '../../search/cells/keep.js'
import { type ResultFolder, readResults } from '../../search/cells/results.js'
import { Status } from '../exit-status.js'
import { areOpen } from '../options/cells.js'
import { campaignId } from './place.js'
import type { CampaignJob, Queues } from './queues.js'
import { isPoison } from './worker.js'

/** What is known of a cell. */
type State = 'done' | 'open' | 'running' | 'waiting' | 'failed' | 'poisoned' | 'absent'

/** The jobs of a campaign by what has become of them, each by the key of its cell. */
interface Jobs {
  readonly waiting: ReadonlyMap<string, CampaignJob>
  readonly active: ReadonlyMap<string, CampaignJob>
  readonly failed: ReadonlyMap<string, CampaignJob>
  readonly completed: ReadonlyMap<string, CampaignJob>
}

async function jobsOf(queues: Queues): Promise<Jobs> {
  return {
    waiting: await queues.inState('waiting', 'delayed'),
    active: await queues.inState('active'),
    failed: await queues.inState('failed'),
    completed: await queues.inState('completed'),
  }
}

/** The files say what is done where a folder has all of them; else what the workers said. */
function stateOf({ key }: Cell, jobs: Jobs, results: ResultFolder['results'] | undefined): State {
  const found = results?.get(key)
  const completed = jobs.completed.get(key)
  const isLeftOpen = results === undefined ? completed?.returnvalue.isOpen : found && areOpen(found)
  if (isLeftOpen === false) return 'done'
  if (jobs.active.has(key)) return 'running'
  if (jobs.waiting.has(key)) return 'waiting'
  const failed = jobs.failed.get(key)
  if (failed !== undefined) return isPoison(failed.failedReason) ? 'poisoned' : 'failed'
  return isLeftOpen === true ? 'open' : 'absent'
}

/** The cells that `campaign start` queues: those without a result, or whose search stopped at a bound. */
export async function unjudgedCells(plan: CellPlan, queues: Queues, folder: string | undefined): Promise<Cell[]> {
  const jobs = await jobsOf(queues)
  const results = resultsIn(folder)
  return plan.cells.filter((cell) => stateOf(cell, jobs, results) !== 'done')
}

/** @param folder of the results, if one has all of them */
export async function statusOfCampaign(
  plan: CellPlan,
  queues: Queues,
  folder: string | undefined,
): Promise<CampaignStatus> {
  const jobs = await jobsOf(queues)
  const results = resultsIn(folder)
  const states = plan.cells.map((cell) => [cell, stateOf(cell, jobs, results)] as const)
  const cellsIn = (state: State) => states.flatMap(([cell, own]) => (own === state ? [cell] : []))
  const named = (state: State) => cellsIn(state).map(({ key, title }) => ({ key, title }))
  const failed = (state: State) =>
    named(state).map((one) => ({ ...one, why: jobs.failed.get(one.key)?.failedReason ?? '' }))
  const [running, waiting] = [cellsIn('running').length, cellsIn('waiting').length]
  return {
    campaign: campaignId(plan),
    command: plan.command,
    version: plan.version,
    cells: plan.cells.length,
    done: cellsIn('done').length,
    running,
    waiting,
    open: named('open'),
    failed: failed('failed'),
    poisoned: failed('poisoned'),
    absent: named('absent'),
    contradictions: contradictionsIn(folder),
    secondsLeft: secondsLeft([...jobs.completed.values()], running, waiting),
  }
}

const resultsIn = (folder: string | undefined): ResultFolder['results'] | undefined => {
  const read = folder === undefined ? undefined : readResults(folder)
  return read?.ok === true ? read.value.results : undefined
}

function contradictionsIn(folder: string | undefined): number {
  const path = folder && join(folder, contradictionsName)
  return path && existsSync(path) ? (resultsIn(path)?.size ?? 0) : 0
}

function secondsLeft(done: readonly CampaignJob[], running: number, waiting: number): number | null {
  if (done.length === 0 || running === 0) return null
  const mean = done.reduce((sum, { returnvalue }) => sum + returnvalue.seconds, 0) / done.length
  // those that run are half done on average
  return (mean * (waiting + running / 2)) / running
}

/** The exit status of `campaign status`: see `Status`. */
export function exitStatusOf({ command, cells, done, contradictions }: CampaignStatus): number {
  if (contradictions > 0) return command === 'conform' || command === 'run' ? Status.Violated : Status.InternalError
  return done === cells ? Status.Held : Status.Inconclusive
}
