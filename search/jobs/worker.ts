import { parentPort } from 'node:worker_threads'
import type { FromWorker, Job } from './job.js'
import { runJob } from './run-job.js'

/** The other side of the pool: a job in, its answer out. */
const port = parentPort
const post = (message: FromWorker) => port?.postMessage(message)

port?.on('message', (job: Job) => {
  try {
    const answer = runJob(job, {
      onProgress: (share) => post({ type: 'progress', share }),
      onFound: (verdicts) => post({ type: 'found', verdicts }),
      onCoverage: (coverage) => post({ type: 'coverage', coverage }),
    })
    post({ type: 'done', answer })
  } catch (error) {
    post({ type: 'bug', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
})
