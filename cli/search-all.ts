import type { Catalogue } from '../search/catalogue/catalogue.js'
import type { Job } from '../search/jobs/job.js'
import { type SearchedJobs, searchJobs } from '../search/jobs/search-jobs.js'
import type { Io } from './terminal/io.js'
import { makeProgress } from './terminal/progress.js'

export interface SearchAllOptions {
  /** Worker threads; 0 searches in this one. */
  readonly jobs: number
  /** Where counterexamples are saved. */
  readonly folder: string
  /** What the progress is of. */
  readonly title: string
  readonly catalogue: Catalogue
}

/** Runs all jobs with a bar of progress, until ^C. */
export async function searchAll(
  io: Io,
  jobs: readonly Job[],
  { jobs: threads, folder, title, catalogue }: SearchAllOptions,
): Promise<SearchedJobs> {
  const progress = makeProgress(io, title)
  const { onInterrupt } = io
  const searched = await searchJobs(jobs, { threads, folder, catalogue, onProgress: progress.show, onInterrupt })
  progress.stop()
  return searched
}
