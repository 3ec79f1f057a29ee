import type { Judged } from '../report/text/judged.js'
import type { Job } from '../search/jobs/job.js'
import { type PoolResult, runJobs } from '../search/jobs/pool.js'
import type { Verdict } from '../search/verdict.js'
import { keepAll } from './archive/keep.js'
import type { Io } from './terminal/io.js'
import { makeProgress } from './terminal/progress.js'

export interface Searched {
  /** By task, in the order of the tasks. A task that was cut short has its violations, or undefined. */
  readonly judged: readonly (readonly Judged[] | undefined)[]
  readonly result: PoolResult
  /** How many tasks came to their end. */
  readonly ended: number
}

/** Searches all tasks with progress, and saves every counterexample as soon as it is there. */
export async function searchAll(
  io: Io,
  tasks: readonly Job[],
  { jobs, folder, title }: { readonly jobs: number; readonly folder: string; readonly title: string },
): Promise<Searched> {
  const judged: (readonly Judged[] | undefined)[] = tasks.map(() => undefined)
  let ended = 0
  const progress = makeProgress(io, title)
  const result = await runJobs(tasks, jobs, {
    onFound: (index, verdicts) => {
      judged[index] = [...(judged[index] ?? []), ...keepAll(verdicts, folder)]
    },
    onDone: (index, verdicts) => {
      judged[index] = keepRest(verdicts, judged[index] ?? [], folder)
      ended += 1
    },
    onProgress: progress.show,
    onInterrupt: io.onInterrupt,
  })
  progress.stop()
  return { judged, result, ended }
}

/** What was saved while the task went on is not saved again. */
function keepRest(verdicts: readonly Verdict[], early: readonly Judged[], folder: string): Judged[] {
  return verdicts.flatMap((verdict) => {
    const saved = early.find((one) => one.verdict.property === verdict.property)?.saved
    return saved === undefined ? keepAll([verdict], folder) : [{ verdict, saved }]
  })
}
