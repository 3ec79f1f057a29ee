import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'bullmq'
import type { Cell } from '../../search/cells/cell.js'
import { complain, type Io } from '../terminal/io.js'
import { makeProgress, type Progress } from '../terminal/progress.js'
import { report } from '../terminal/report.js'
import {
  type CampaignJob,
  type CellDone,
  type CellJob,
  type Class,
  classText,
  prefixOf,
  type Queues,
} from './queues.js'
import type { Engine } from './redis.js'
import { type CellSearch, searchCell } from './search-cell.js'

/** Workers that may die while they search a cell; then the cell counts as what kills them. */
export const maxDeaths = 3

/** What a worker process is to do. */
export interface WorkerOptions {
  readonly id: string
  readonly cells: readonly Cell[]
  /** Whose cells it takes. */
  readonly classes: readonly Class[]
  /** Cells at a time. */
  readonly jobs: number
  /** Seconds without a sign of life after which a cell is given to another worker. */
  readonly lease: number
  /** Seconds after which no cell is taken any more. */
  readonly time: number
  readonly search: Omit<CellSearch, 'onInterrupt'>
}

interface Taken {
  readonly job: CampaignJob
  readonly token: string
  readonly cell: Cell
}

/** The part of a campaign that one process does: it takes cells until none is left. */
export class CampaignWorker {
  private readonly workers: readonly Worker<CellJob, CellDone>[]
  private readonly interrupts = new Set<() => void>()
  private readonly began = performance.now()
  private isStopped = false
  private isEnded = false
  private tokens = 0
  private readonly progress: Progress
  /** Cells that this process judged. */
  judged = 0
  /** Why this machine cannot take part any more. */
  unfit: string | undefined

  constructor(
    private readonly io: Io,
    private readonly engine: Engine,
    private readonly queues: Queues,
    private readonly options: WorkerOptions,
  ) {
    const { id, classes } = options
    const { bullmq, redis } = engine
    this.progress = makeProgress(io, 'campaign')
    const lease = options.lease * 1000
    const leases = { lockDuration: lease, stalledInterval: lease / 2, maxStalledCount: maxDeaths - 1 }
    const shared = { connection: redis, prefix: prefixOf(id), autorun: false, ...leases }
    this.workers = classes.map((one) => new bullmq.Worker(classText(one), null, shared))
    for (const worker of this.workers) worker.on('error', () => undefined) // the connection's own listener says it
  }

  async run(): Promise<void> {
    void this.showLeft()
    const unlisten = this.io.onInterrupt(() => this.stop())
    for (const worker of this.workers) await worker.startStalledCheckTimer()
    const all = Promise.all(Array.from({ length: this.options.jobs }, () => this.takeAll()))
    await Promise.race([all, this.cutOff()])
    this.isEnded = true
    this.progress.stop()
    unlisten()
    await Promise.all(this.workers.map((worker) => worker.close(true)))
  }

  /** How far the whole campaign is, cells of other workers too. */
  private async showLeft(): Promise<void> {
    if (!this.io.isWatched) return
    const left = await this.queues.left().catch(() => undefined)
    if (left !== undefined && !this.isEnded) this.progress.show(1 - left / this.options.cells.length)
  }

  /** What waits for a server that is away waits until it is back: a worker that is to end does not. */
  private async cutOff(): Promise<void> {
    while (!this.isEnded && !(this.isOver() && this.interrupts.size === 0 && this.isAway())) await sleep(200)
  }

  /** Whether the server does not answer now. */
  isAway = (): boolean => this.engine.redis.status !== 'ready'

  /** Ends the searches, whose cells are given back. */
  private stop(): void {
    this.isStopped = true
    for (const interrupt of this.interrupts) interrupt()
  }

  private isOver = (): boolean => this.isStopped || (performance.now() - this.began) / 1000 >= this.options.time

  private async takeAll(): Promise<void> {
    while (!this.isOver()) {
      const taken = await this.take().catch(() => undefined)
      if (taken !== undefined) await this.judge(taken)
      else if ((await this.queues.left()) === 0) return
      else await sleep(Math.min(1000, this.options.lease * 200)) // one that is searched elsewhere may come back
    }
  }

  private async take(): Promise<Taken | undefined> {
    for (const worker of this.workers) {
      this.tokens += 1
      const token = [hostname(), process.pid, this.tokens, randomBytes(4).toString('hex')].join(':')
      const job: CampaignJob | undefined = await worker.getNextJob(token, { block: false })
      if (job === undefined) continue
      const cell = this.options.cells.find(({ key }) => key === job.data.key)
      if (cell !== undefined && job.deferredFailure === undefined) return { job, token, cell }
      const says = cell === undefined ? 'no cell of this campaign has that key' : deathsText
      await settled(job.moveToFailed(new this.engine.bullmq.UnrecoverableError(says), token))
    }
    return undefined
  }

  private async judge({ job, token, cell }: Taken): Promise<void> {
    const lease = this.options.lease * 1000
    // a lease that is lost changes nothing: another worker finds the same, or this one has kept its result before
    const renewal = setInterval(() => void settled(job.extendLock(token, lease)), lease / 3)
    const began = performance.now()
    const end = await searchCell(cell, { ...this.options.search, onInterrupt: this.onInterrupt })
    clearInterval(renewal)
    const seconds = (performance.now() - began) / 1000
    if (end.ended === 'judged') {
      this.judged += 1
      const says = `${cell.title}: ${end.isOpen ? 'left open' : 'judged'} in ${seconds.toFixed(1)} s\n`
      this.progress.beside(() => report(this.io, says))
      await settled(job.moveToCompleted({ seconds, isOpen: end.isOpen }, token, false))
      void this.showLeft()
    } else if (end.ended === 'bug') {
      this.progress.beside(() => complain(this.io, `${cell.title}: ${end.says}`))
      await settled(job.moveToFailed(new Error(end.says), token))
    } else {
      await settled(job.moveToWait(token))
      if (end.ended === 'unfit') {
        this.unfit ??= `${cell.title}: ${end.says}\n  The cell is left to other workers, and this one ends.`
        this.stop()
      }
    }
  }

  private onInterrupt = (callback: () => void): (() => void) => {
    this.interrupts.add(callback)
    if (this.isStopped) callback()
    return () => void this.interrupts.delete(callback)
  }
}

/** Why a cell fails that no worker survives. */
const deathsText = `${maxDeaths} workers ended while they searched it`
/** Whether a job failed because workers died of it. @param why the reason that the queue keeps of a failed job */
export const isPoison = (why: string): boolean => why === deathsText

/** A queue that was lost or whose lease ended refuses what is said of a job; the result is a file by then. */
const settled = (saying: Promise<unknown>): Promise<unknown> => saying.catch(() => undefined)
