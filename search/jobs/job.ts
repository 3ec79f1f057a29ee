import type { Result } from '../../base/result.js'
import type { Coverage } from '../../model/actions/relation.js'
import type { SmallSearch } from '../exhaustive/small-search.js'
import type { MachineConfigInput } from '../machine-config.js'
import type { JudgeOptions, Verdict } from '../verdict.js'

/** One machine to search, as plain data: it goes to a worker thread. */
export interface Job {
  readonly setup: MachineConfigInput
  readonly properties: readonly string[]
  readonly options: Omit<JudgeOptions, 'onProgress' | 'onCoverage' | 'census'>
  /** A small search of states before the random runs. */
  readonly small?: SmallSearch
  /** Searches all states on each of the platforms. */
  readonly exhaustive?: Exhaustive
  /** How much of the work of all jobs this one is; 1, if left out. */
  readonly weight?: number
}

export interface Exhaustive {
  readonly platforms: readonly string[]
  /** Seconds of each search, or of all together. */
  readonly seconds: number
  readonly per: 'search' | 'job'
  /** Bounds of one search. */
  readonly memoryBytes: number
  readonly states?: number
  /** Draws the job's random runs as well, which have to agree; what is open is inconclusive then, else none-found. */
  readonly draws: boolean
}

/** What a thread is given: the modules of what its user adds. */
export interface JobWorkerData {
  readonly files: readonly string[]
}

/** A verdict a property; or why the job cannot be carried out. */
export type JobAnswer = Result<readonly Verdict[]>

/** What a thread tells of a job that runs. */
export type JobNote =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'found'; readonly verdicts: readonly Verdict[] }
  | { readonly type: 'coverage'; readonly coverage: Coverage }

export interface JobWatch {
  /** From 0 to 1. */
  readonly onProgress: (share: number) => void
  /** Violations, as soon as they are known: a long search may never come to its end. */
  readonly onFound: (verdicts: readonly Verdict[]) => void
  /** What some random runs covered. */
  readonly onCoverage?: (coverage: Coverage) => void
}
