import type { Result } from '../../base/result.js'
import type { Coverage } from '../../model/actions/relation.js'
import type { SmallSearch } from '../check/small-search.js'
import type { MachineConfigInput } from '../machine-config.js'
import type { JudgeOptions, Verdict } from '../verdict.js'

/** One machine to search, as plain data: it goes to a worker thread. */
export interface Job {
  readonly setup: MachineConfigInput
  readonly properties: readonly string[]
  readonly options: Omit<JudgeOptions, 'onProgress' | 'onCoverage'>
  /** A small search of states before the random runs. */
  readonly small?: SmallSearch
  /** Searches all states on each of the platforms first; random runs then have to agree. */
  readonly exhaustive?: Exhaustive
}

export interface Exhaustive {
  readonly platforms: readonly string[]
  /** Bounds of one search. */
  readonly seconds: number
  readonly memoryBytes: number
}

/** Messages from a worker thread to the pool. */
export type FromWorker =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'found'; readonly verdicts: readonly Verdict[] }
  | { readonly type: 'coverage'; readonly coverage: Coverage }
  | { readonly type: 'done'; readonly answer: Result<readonly Verdict[]> }
  | { readonly type: 'bug'; readonly stack: string }

export interface JobWatch {
  /** From 0 to 1. */
  readonly onProgress: (share: number) => void
  /** Violations, as soon as they are known: a long search may never come to its end. */
  readonly onFound: (verdicts: readonly Verdict[]) => void
  /** What some random runs covered. */
  readonly onCoverage?: (coverage: Coverage) => void
}
