import { parentPort } from 'node:worker_threads'
import { type LitmusTask, type Ran, runFile } from './run-file.js'

export type FromLitmusWorker = { readonly ran: Ran } | { readonly failed: unknown }

const post = (message: FromLitmusWorker) => parentPort?.postMessage(message)

parentPort?.on('message', (task: LitmusTask) => {
  try {
    post({ ran: runFile(task) })
  } catch (failed) {
    post({ failed }) // an error is copied with its class: one of memory is known by that
  }
})
