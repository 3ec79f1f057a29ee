import type { Problem } from '../../base/result.js'
import type { Coverage } from '../../model/actions/relation.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import type { Verdict } from '../verdict.js'
import type { Job, JobAnswer, JobNote, JobWorkerData } from './job.js'
import { runJob } from './run-job.js'
import { type NumberedTask, runInThreads } from './threads.js'

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

/** Runs jobs in worker threads, each with a catalogue of its own. */
class Pool {
  private readonly work: Work
  /** Of each job that runs, how far it is. */
  private readonly shares = new Map<number, number>()
  private next = 0
  private refused: Problem | undefined

  constructor(
    private readonly jobs: readonly Job[],
    private readonly watch: PoolWatch,
    private readonly files: readonly string[],
  ) {
    this.work = new Work(jobs)
  }

  async run(threads: number): Promise<PoolResult> {
    const workerData: JobWorkerData = { files: this.files }
    const end = await runInThreads<Job, JobAnswer, JobNote>(
      {
        url: new URL('./worker.js', import.meta.url),
        workerData,
        take: () => this.take(),
        onNote: (index, note) => this.note(index, note),
        onDone: (index, answer) => this.done(index, answer),
        onInterrupt: this.watch.onInterrupt,
      },
      threads,
    )
    if (end.ended === 'stopped' && this.refused !== undefined) return { ended: 'refused', problem: this.refused }
    if (end.ended === 'failed') return { ended: 'bug', stack: end.failure.stack }
    return { ended: end.ended === 'interrupted' ? 'interrupted' : 'all' }
  }

  /** The next job that has something to search; those before it are over. */
  private take(): NumberedTask<Job> | undefined {
    while (this.next < this.jobs.length) {
      const index = this.next
      this.next += 1
      const task = this.watch.onTurn?.(index, this.jobs[index]) ?? this.jobs[index]
      if (task.properties.length > 0) return { index, task }
      this.watch.onDone(index, [])
      this.work.finish(index)
    }
    return undefined
  }

  private note(index: number, note: JobNote): void {
    if (note.type === 'progress') this.shares.set(index, note.share)
    else if (note.type === 'coverage') this.watch.onCoverage(note.coverage)
    else this.watch.onFound(index, note.verdicts)
    this.tellProgress()
  }

  private done(index: number, answer: JobAnswer): boolean {
    if (!answer.ok) {
      this.refused = answer.problem
      return false
    }
    this.watch.onDone(index, answer.value)
    this.shares.delete(index)
    this.work.finish(index)
    this.tellProgress()
    return true
  }

  private tellProgress(): void {
    this.watch.onProgress(this.work.share([...this.shares]))
  }
}
