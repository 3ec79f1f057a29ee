import { parentPort } from 'node:worker_threads'
import { answer, type FromWorker, type Job } from './job.js'

/** The other side of the pool: a task in, its answer out. */
const port = parentPort
const tell = (message: FromWorker) => port?.postMessage(message)

port?.on('message', (task: Job) => {
  try {
    const found = answer(task, {
      onProgress: (share) => tell({ type: 'progress', share }),
      onFound: (verdicts) => tell({ type: 'found', verdicts }),
    })
    tell({ type: 'done', answer: found })
  } catch (error) {
    tell({ type: 'bug', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
})
