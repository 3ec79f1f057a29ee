import { Worker } from 'node:worker_threads'
import type { Problem } from '../../base/result.js'
import { stackOf } from '../../base/thrown.js'
import type { Coverage } from '../../model/actions/relation.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import type { Verdict } from '../verdict.js'
import type { FromWorker, Job } from './job.js'
import { runJob } from './run-job.js'

export interface PoolWatch {
  /**
   * The job as it is when its turn comes: without the properties that are decided by then. One without any is over at
   * once.
   */
  readonly onTurn?: ((index: number, job: Job) => Job) | undefined
  /** Violations of a job that still runs. */
  readonly onFound: (index: number, verdicts: readonly Verdict[]) => void
  /** After a job: what it found. Jobs may end in any order. */
  readonly onDone: (index: number, verdicts: readonly Verdict[]) => void
  /** What random runs covered. */
  readonly onCoverage: (coverage: Coverage) => void
  /** How far the whole is, from 0 to 1. */
  readonly onProgress: (share: number) => void
  /** Registers what ends the search before its time. @returns how to stop listening */
  readonly onInterrupt: (stop: () => void) => () => void
}

export type PoolResult =
  | { readonly ended: 'all' | 'interrupted' }
  | { readonly ended: 'refused'; readonly problem: Problem }
  | { readonly ended: 'bug'; readonly stack: string }

/**
 * Runs every job. Each is a search of its own with a seed of its own, so that what is found does not depend on the
 * number of threads.
 *
 * @param threads 0 runs them in this thread
 */
export function runJobs(
  jobs: readonly Job[],
  threads: number,
  watch: PoolWatch,
  catalogue: Catalogue,
): Promise<PoolResult> {
  return threads === 0
    ? runHere(jobs, watch, catalogue)
    : new Pool(jobs, watch, catalogue.own.files).run(Math.min(threads, jobs.length))
}

async function runHere(jobs: readonly Job[], watch: PoolWatch, catalogue: Catalogue): Promise<PoolResult> {
  const work = new Work(jobs)
  for (const [index, planned] of jobs.entries()) {
    const job = watch.onTurn?.(index, planned) ?? planned
    if (job.properties.length > 0) {
      const inside = {
        onProgress: (share: number) => watch.onProgress(work.share([[index, share]])),
        onFound: (verdicts: readonly Verdict[]) => watch.onFound(index, verdicts),
        onCoverage: watch.onCoverage,
      }
      const answer = runJob(job, inside, catalogue)
      if (!answer.ok) return { ended: 'refused', problem: answer.problem }
      watch.onDone(index, answer.value)
    } else watch.onDone(index, [])
    work.finish(index)
    watch.onProgress(work.share([]))
    await new Promise(setImmediate)
  }
  return { ended: 'all' }
}

/** How much of the work of all jobs is done. */
class Work {
  private finished = 0
  private readonly whole: number

  constructor(private readonly jobs: readonly Job[]) {
    this.whole = jobs.reduce((sum, job) => sum + weightOf(job), 0)
  }

  finish(index: number): void {
    this.finished += weightOf(this.jobs[index])
  }

  /** @param running each job that runs, and how far it is, from 0 to 1 */
  share(running: readonly (readonly [index: number, share: number])[]): number {
    return running.reduce((sum, [index, share]) => sum + share * weightOf(this.jobs[index]), this.finished) / this.whole
  }
}

const weightOf = ({ weight = 1 }: Job): number => weight

class Pool {
  private readonly work: Work
  private readonly workers: Worker[] = []
  private readonly running = new Map<Worker, number>()
  private readonly shares = new Map<Worker, number>()
  private next = 0
  private finished = 0

  constructor(
    private readonly jobs: readonly Job[],
    private readonly watch: PoolWatch,
    private readonly files: readonly string[],
  ) {
    this.work = new Work(jobs)
  }

  async run(threads: number): Promise<PoolResult> {
    let ignore = (): void => undefined
    const result = await new Promise<PoolResult>((end) => {
      ignore = this.watch.onInterrupt(() => end({ ended: 'interrupted' }))
      if (threads === 0) end({ ended: 'all' })
      for (let count = 0; count < threads; count += 1) this.start(end)
    })
    ignore()
    await Promise.all(this.workers.map((worker) => worker.terminate()))
    return result
  }

  private start(end: (result: PoolResult) => void): void {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: { files: this.files } })
    this.workers.push(worker)
    worker.on('error', (error) => end({ ended: 'bug', stack: stackOf(error) }))
    // of its own, as by process.exit() in a module of the user's: later, `end` changes nothing
    worker.on('exit', (code) =>
      end({ ended: 'bug', stack: `Error: a worker thread ended in a search (status ${code})` }),
    )
    worker.on('message', (message: FromWorker) => {
      const result = this.receive(worker, message)
      if (result !== undefined) end(result)
    })
    this.give(worker)
    if (this.finished === this.jobs.length) end({ ended: 'all' })
  }

  /** Hands the next job to a worker that waits for one. */
  private give(worker: Worker): void {
    while (this.next < this.jobs.length) {
      const index = this.next
      this.next += 1
      const job = this.watch.onTurn?.(index, this.jobs[index]) ?? this.jobs[index]
      if (job.properties.length > 0) {
        this.running.set(worker, index)
        worker.postMessage(job)
        return
      }
      this.watch.onDone(index, [])
      this.work.finish(index)
      this.finished += 1
    }
  }

  /** @returns how the whole ended, if this message ends it */
  private receive(worker: Worker, message: FromWorker): PoolResult | undefined {
    if (message.type === 'bug') return { ended: 'bug', stack: message.stack }
    const index = this.running.get(worker) ?? 0
    if (message.type === 'progress') this.shares.set(worker, message.share)
    else if (message.type === 'coverage') this.watch.onCoverage(message.coverage)
    else if (message.type === 'found') this.watch.onFound(index, message.verdicts)
    else if (!message.answer.ok) return { ended: 'refused', problem: message.answer.problem }
    else {
      this.watch.onDone(index, message.answer.value)
      this.shares.delete(worker)
      this.work.finish(index)
      this.finished += 1
      this.give(worker)
      if (this.finished === this.jobs.length) return { ended: 'all' }
    }
    const running = [...this.shares].map(([one, share]) => [this.running.get(one) ?? 0, share] as const)
    this.watch.onProgress(this.work.share(running))
    return undefined
  }
}
