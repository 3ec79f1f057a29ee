import type { Job } from '../search/jobs/job.js'
import { type SearchedJobs, type SearchJobsOptions, searchJobs } from '../search/jobs/search-jobs.js'
import type { Io } from './terminal/io.js'
import { makeProgress } from './terminal/progress.js'

export interface SearchAllOptions
  extends Pick<SearchJobsOptions, 'folder' | 'catalogue' | 'onViolated' | 'onJudged' | 'onTurn'> {
  /** Worker threads; 0 searches in this one. */
  readonly jobs: number
  /** What the progress is of. */
  readonly title: string
}

/** Runs all jobs and shows a progress bar; ^C ends the searches early and keeps what was found. */
export async function searchAll(
  io: Io,
  jobs: readonly Job[],
  { jobs: threads, title, ...options }: SearchAllOptions,
): Promise<SearchedJobs> {
  const progress = makeProgress(io, title)
  const { onInterrupt } = io
  const searched = await searchJobs(jobs, { ...options, threads, onProgress: progress.show, onInterrupt })
  progress.stop()
  return searched
}
