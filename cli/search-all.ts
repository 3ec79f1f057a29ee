import type { Job } from '../search/jobs/job.js'
import { type SearchedJobs, searchJobs } from '../search/jobs/search-jobs.js'
import type { Io } from './terminal/io.js'
import { makeProgress } from './terminal/progress.js'

/** Runs all jobs with a bar of progress, until ^C. */
export async function searchAll(
  io: Io,
  jobs: readonly Job[],
  { jobs: threads, folder, title }: { readonly jobs: number; readonly folder: string; readonly title: string },
): Promise<SearchedJobs> {
  const progress = makeProgress(io, title)
  const { onInterrupt } = io
  const searched = await searchJobs(jobs, { threads, folder, onProgress: progress.show, onInterrupt })
  progress.stop()
  return searched
}
