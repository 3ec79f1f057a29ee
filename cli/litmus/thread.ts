import { Worker } from 'node:worker_threads'
import type { Io } from '../terminal/io.js'
import type { LitmusTask, Ran } from './run-file.js'
import type { FromLitmusWorker } from './worker.js'

/** A thread that runs one test after the other: the main thread stays free, for ^C and to renew a lease. */
export class LitmusThread {
  private readonly worker = new Worker(new URL('./worker.js', import.meta.url))
  private readonly unlisten: () => void
  private interrupt: (() => void) | undefined
  private isInterrupted = false

  constructor(io: Io) {
    this.unlisten = io.onInterrupt(() => {
      this.isInterrupted = true
      this.interrupt?.()
    })
  }

  /** @returns undefined if ^C came before the answer */
  run(task: LitmusTask): Promise<Ran | undefined> {
    if (this.isInterrupted) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      this.interrupt = () => resolve(undefined)
      this.worker.removeAllListeners()
      this.worker.once('error', reject)
      this.worker.once('message', (message: FromLitmusWorker) =>
        'ran' in message ? resolve(message.ran) : reject(message.failed),
      )
      this.worker.postMessage(task)
    })
  }

  async close(): Promise<void> {
    this.unlisten()
    await this.worker.terminate()
  }
}
