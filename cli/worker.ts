import { parentPort } from 'node:worker_threads'
import { answer, type FromWorker, type Task } from './task.js'

/** The other side of the pool: a task in, its answer out. */
const port = parentPort
const tell = (message: FromWorker) => port?.postMessage(message)

port?.on('message', (task: Task) => {
  try {
    const found = answer(task, {
      onProgress: (share) => tell({ says: 'progress', share }),
      onFound: (verdicts) => tell({ says: 'found', verdicts }),
    })
    tell({ says: 'done', answer: found })
  } catch (error) {
    tell({ says: 'bug', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
})
