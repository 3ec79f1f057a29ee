import { counted } from '../../base/plural.js'
import { ok, type Result, refuse } from '../../base/result.js'
import { campaignText } from '../../report/text/campaign.js'
import { type Need, needs } from '../../search/cells/cell.js'
import { Status } from '../exit-status.js'
import { unknownName } from '../options/suggest.js'
import { complain, complainOf, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { version } from '../version.js'
import { type OpenedCampaign, openCampaign } from './open.js'
import { campaignId } from './place.js'
import { statusNow } from './print-status.js'
import { classesOf, classText, isFor, Queues } from './queues.js'
import { defaultMemory, planIn, type RunCommand } from './search-cell.js'
import { exitStatusOf } from './status.js'
import { CampaignWorker, type WorkerOptions } from './worker.js'

export interface WorkOptions {
  readonly redis?: string
  readonly results?: string
  readonly for?: number
  readonly jobs: number
  readonly take?: readonly string[]
  readonly memory?: number
  readonly lease: number
}

/** @returns the exit status */
export async function workOn(io: Io, text: string, options: WorkOptions, run: RunCommand): Promise<number> {
  const opened = await openCampaign(io, text, options.redis)
  if (!opened.ok) {
    complainOf(io, opened.problem)
    return Status.BadInput
  }
  const { engine, id, plan } = opened.value
  const asked = await askedOf(opened.value, options, run)
  if (!asked.ok) {
    complainOf(io, asked.problem)
    engine.redis.disconnect()
    return Status.BadInput
  }
  const queues = new Queues(engine, id, plan.cells, asked.value.search.words)
  const worker = new CampaignWorker(io, engine, queues, asked.value)
  report(io, `campaign ${id}: taking cells (${asked.value.classes.map(classText).join(', ')})\n`)
  await worker.run()
  if (worker.isAway()) {
    engine.redis.disconnect()
    complain(
      io,
      'the server is away: what it knew may be lost; results are kept, and campaign start puts in what is left',
    )
    return Status.Inconclusive
  }
  await queues.close()
  const status = await statusNow(opened.value)
  engine.redis.disconnect()
  report(io, `${counted(worker.judged, 'cell')} judged here\n${campaignText(status)}`)
  if (worker.unfit === undefined) return exitStatusOf(status)
  complain(io, worker.unfit)
  return Status.BadInput
}

/** The options of the worker process; a problem if this version, or this machine, cannot work on the campaign. */
async function askedOf(opened: OpenedCampaign, options: WorkOptions, run: RunCommand): Promise<Result<WorkerOptions>> {
  const { id, plan, words, place } = opened
  if (plan.version !== version())
    return refuse(`the campaign is of dmaproof ${plan.version}, this is ${version()}; take one version for all workers`)
  if (words === undefined) return refuse('the server has lost the campaign; run campaign start again: results are kept')
  const folder = options.results ?? place.folder
  if (folder === undefined)
    return refuse('no folder for results; add --results FOLDER, or name the folder of the campaign')
  if (place.folder !== undefined && options.results !== undefined)
    return refuse(`--results: no effect with ${place.folder}, which has the results; leave out one of the two`)
  const own = await planIn(folder, words, run)
  if (!own.ok) return own
  if (campaignId(own.value) !== id)
    return refuse(`${folder}: the cells are other ones here; take the same rules and modules on all machines`)
  const { jobs, lease, for: time = Number.POSITIVE_INFINITY, memory = defaultMemory() } = options
  const classes = classesFor(opened, options, memory)
  if (!classes.ok) return classes
  const search = { run, words, folder, memory: Math.floor(memory / jobs) }
  return ok({ id, cells: plan.cells, classes: classes.value, jobs, lease, time, search })
}

function classesFor(
  { plan, words = [] }: OpenedCampaign,
  { take = needs }: WorkOptions,
  memory: number,
): Result<WorkerOptions['classes']> {
  const wrong = take.find((name) => !needs.some((need) => need === name))
  if (wrong !== undefined) return refuse(unknownName('--take', wrong, needs))
  const classes = classesOf(plan.cells, words)
  const own = classes.filter((one) => isFor(one, take as readonly Need[], memory))
  if (own.length > 0) return ok(own)
  return refuse(`no queue of the campaign (${classes.map(classText).join(', ')}) is for this machine: --take, --memory`)
}
