import { addCoverage } from '../../model/actions/coverage.js'
import { Coverage } from '../../model/actions/relation.js'
import { type SavedVerdict, saveVerdicts } from '../archive/save.js'
import type { Catalogue } from '../catalogue/catalogue.js'
import type { Verdict } from '../verdict.js'
import type { Job } from './job.js'
import { type PoolResult, type PoolWatch, runJobs } from './pool.js'

export interface SearchJobsOptions extends Pick<PoolWatch, 'onTurn' | 'onProgress' | 'onInterrupt'> {
  /** Worker threads; 0 searches in this one. */
  readonly threads: number
  readonly catalogue: Catalogue
  /** Where counterexamples are saved. */
  readonly folder: string
  /** Receives the violations of a job, as soon as they are known. */
  readonly onViolated?: ((index: number, verdicts: readonly Verdict[]) => void) | undefined
  /** Receives all verdicts of a job that came to its end. */
  readonly onJudged?: ((index: number, judged: readonly SavedVerdict[]) => void) | undefined
}

export interface SearchedJobs {
  /** By job, in the order of the jobs. A job that was cut short has its violations, or undefined. */
  readonly judged: readonly (readonly SavedVerdict[] | undefined)[]
  readonly result: PoolResult
  /** How many jobs came to their end. */
  readonly ended: number
  /** What their random runs covered. */
  readonly coverage: Coverage
}

/** Runs all jobs, and saves every counterexample as soon as it is found: a long job may never come to its end. */
export async function searchJobs(
  jobs: readonly Job[],
  { threads, folder, catalogue, onViolated, onJudged, onTurn, onProgress, onInterrupt }: SearchJobsOptions,
): Promise<SearchedJobs> {
  const judged: (readonly SavedVerdict[] | undefined)[] = jobs.map(() => undefined)
  const coverage = new Coverage()
  let ended = 0
  const watch: PoolWatch = {
    onTurn,
    onFound: (index, verdicts) => {
      onViolated?.(index, verdicts)
      judged[index] = [...(judged[index] ?? []), ...saveVerdicts(verdicts, folder)]
    },
    onDone: (index, verdicts) => {
      const all = saveRest(verdicts, judged[index] ?? [], folder)
      judged[index] = all
      onJudged?.(index, all)
      ended += 1
    },
    onCoverage: (more) => addCoverage(coverage, more),
    onProgress,
    onInterrupt,
  }
  const result = await runJobs(jobs, threads, watch, catalogue)
  return { judged, result, ended, coverage }
}

/** Saves the verdicts that were not saved while the job ran. */
function saveRest(verdicts: readonly Verdict[], early: readonly SavedVerdict[], folder: string): SavedVerdict[] {
  return verdicts.flatMap((verdict) => {
    const saved = early.find((before) => before.verdict.property === verdict.property)?.saved
    return saved === undefined ? saveVerdicts([verdict], folder) : [{ verdict, saved }]
  })
}
