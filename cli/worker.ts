import { parentPort } from 'node:worker_threads'
import type { FromWorker } from './pool.js'
import { answer, type Task } from './task.js'

/** The other side of the pool: a task in, its answer out. */
const port = parentPort
const tell = (message: FromWorker) => port?.postMessage(message)

port?.on('message', (task: Task) => {
  try {
    tell({ says: 'done', answer: answer(task, (runs) => tell({ says: 'progress', runs })) })
  } catch (error) {
    tell({ says: 'bug', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
})
