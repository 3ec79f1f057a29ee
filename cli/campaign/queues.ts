import type { Job, JobType, Queue } from 'bullmq'
import { z } from 'zod'
import { ok, type Result, refuse } from '../../base/result.js'
import type { Cell, CellPlan, Need } from '../../search/cells/cell.js'
import { planSchema, planText } from '../../search/cells/results.js'
import { shortKey } from '../options/cells.js'
import { bytes } from '../options/values.js'
import type { Engine } from './redis.js'

/** What a job of a queue holds. Its id is the key of the cell: a cell that is put in twice is one job. */
export interface CellJob {
  readonly key: string
}

/** What the worker that judged a cell says of it. */
export interface CellDone {
  readonly seconds: number
  /** Whether a bound of time or memory left it open. */
  readonly isOpen: boolean
}

export type CampaignJob = Job<CellJob, CellDone>

const descriptionSchema = z.strictObject({
  format: z.literal(1),
  /** The command line that is divided. */
  words: z.array(z.string()),
  plan: planSchema,
})
type Description = z.infer<typeof descriptionSchema>

/** What a machine has to be good for to take cells of a queue. */
export interface Class {
  readonly need: Need
  /** GiB that a search may fill, a power of two; undefined if it takes what there is. */
  readonly gigabytes?: number
}

const gigabyte = 2 ** 30

/** The class of a cell: its need, and the memory that the command line asks for. */
function classOf({ needs: need }: Pick<Cell, 'needs'>, words: readonly string[]): Class {
  const asked = memoryOf(words)
  if (need !== 'exhaustive' || asked === undefined) return { need }
  return { need, gigabytes: 2 ** Math.max(0, Math.ceil(Math.log2(asked / gigabyte))) }
}

/** The value of `--memory` among the words of a command line, in bytes; undefined without the option. */
export function memoryOf(words: readonly string[]): number | undefined {
  const at = words.findIndex((word) => word === '--memory' || word.startsWith('--memory='))
  const text = at < 0 ? undefined : (words[at]?.split('=')[1] ?? words[at + 1])
  return text === undefined ? undefined : bytes(text)
}

/** The name of a class in a queue's key: `exhaustive-8G`, or the need alone. */
export const classText = ({ need, gigabytes }: Class): string =>
  gigabytes === undefined ? need : `${need}-${gigabytes}G`

/**
 * Whether a worker may take cells of a class.
 *
 * @param wanted needs that the worker serves
 * @param memory bytes that its searches may fill
 */
export const isFor = ({ need, gigabytes = 0 }: Class, wanted: readonly Need[], memory: number): boolean =>
  wanted.includes(need) && gigabytes * gigabyte <= memory

/** Where all keys of a campaign stand in the server. */
export const prefixOf = (id: string): string => `dmaproof:${id}`
const descriptionKey = (id: string): string => `${prefixOf(id)}:campaign`

/** Writes the command line and the plan of a campaign into the server, where workers read them. */
export async function describe({ redis }: Engine, id: string, words: readonly string[], plan: CellPlan): Promise<void> {
  const description: Description = { format: 1, words: [...words], plan: JSON.parse(planText(plan)) }
  await redis.set(descriptionKey(id), JSON.stringify(description))
}

/** The numbers of all campaigns that a server knows. */
export async function campaignsOf({ redis }: Engine): Promise<string[]> {
  const keys = await redis.keys(descriptionKey('*'))
  return keys.map((key) => key.split(':')[1] ?? '').sort()
}

/** What the server knows of a campaign; undefined if it knows none of that number. */
export async function descriptionOf({ redis }: Engine, id: string): Promise<Result<Description | undefined>> {
  const text = await redis.get(descriptionKey(id))
  if (text === null) return ok(undefined)
  const read = descriptionSchema.safeParse(JSON.parse(text))
  return read.success ? ok(read.data) : refuse(`campaign ${id}: was started by another version of dmaproof`)
}

/** The classes of some cells, each once. */
export function classesOf(cells: readonly Cell[], words: readonly string[]): Class[] {
  const all = cells.map((cell) => classOf(cell, words))
  return [...new Map(all.map((one) => [classText(one), one])).values()]
}

/** The queues of a campaign: one a class of its cells. */
export class Queues {
  private readonly queues: readonly Queue<CellJob, CellDone>[]

  constructor(
    { bullmq, redis }: Engine,
    id: string,
    cells: readonly Cell[],
    private readonly words: readonly string[],
  ) {
    const shared = { connection: redis, prefix: prefixOf(id) }
    this.queues = classesOf(cells, words).map((one) => new bullmq.Queue(classText(one), shared))
    for (const queue of this.queues) queue.on('error', () => undefined) // the connection's own listener says it
  }

  /** Puts cells in. A job of one of them that waits or is searched stays; one that ended is made again. */
  async add(wanted: readonly Cell[]): Promise<void> {
    for (const queue of this.queues) {
      const own = wanted.filter((cell) => classText(classOf(cell, this.words)) === queue.name)
      const keys = new Set(own.map(({ key }) => key))
      const ended = await queue.getJobs(['completed', 'failed'])
      for (const job of ended) if (keys.has(job.id ?? '')) await job.remove()
      const opts = { attempts, stackTraceLimit: 1 } as const
      await queue.addBulk(own.map(({ key }) => ({ name: shortKey(key), data: { key }, opts: { ...opts, jobId: key } })))
    }
  }

  /** The jobs that are in a state, by the key of the cell. */
  async inState(...states: JobType[]): Promise<Map<string, CampaignJob>> {
    const all = await Promise.all(this.queues.map((queue) => queue.getJobs(states)))
    // one that was removed between the list and its reading is none, whatever the type says
    const there = all.flat().filter((job: CampaignJob | undefined) => job !== undefined)
    return new Map(there.map((job) => [job.data.key, job]))
  }

  /** Jobs that wait or are searched. */
  async left(): Promise<number> {
    const all = await Promise.all(this.queues.map((queue) => queue.getJobCountByTypes('waiting', 'active', 'delayed')))
    return all.reduce((sum, count) => sum + count, 0)
  }

  async close(): Promise<void> {
    await Promise.all(this.queues.map((queue) => queue.close()))
  }
}

/** How often a cell is searched that ends in an internal error. */
const attempts = 2
