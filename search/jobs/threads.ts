import { parentPort, Worker } from 'node:worker_threads'
import { stackOf } from '../../base/thrown.js'
import { isOutOfMemory } from '../../checker/out-of-memory.js'

/** What ended a task, and its thread, that nothing there expected. */
export interface ThreadFailure {
  readonly stack: string
  /** Whether memory was refused. */
  readonly isOutOfMemory: boolean
}

/** What a thread posts: notes of the task that it carries out, and how the task ended. */
type FromThread<Answer, Note> =
  | { readonly type: 'note'; readonly note: Note }
  | { readonly type: 'done'; readonly answer: Answer }
  | ({ readonly type: 'failed' } & ThreadFailure)

/** A task that is handed to a thread, with the number by which its notes and its answer are known. */
export interface NumberedTask<Task> {
  readonly index: number
  readonly task: Task
}

/** Tasks for threads. Tasks, notes and answers are plain data. */
export interface ThreadWork<Task, Answer, Note> {
  /** The module of a thread, which calls `serve`. */
  readonly url: URL
  readonly workerData?: unknown
  /** The next task; undefined if none is left. */
  readonly take: () => NumberedTask<Task> | undefined
  readonly onNote?: (index: number, note: Note) => void
  /** Receives the answers, in any order. @returns whether the rest is to be carried out */
  readonly onDone: (index: number, answer: Answer) => boolean
  /** Registers what ends the work before its time. @returns how to stop listening */
  readonly onInterrupt: (stop: () => void) => () => void
}

export type ThreadsEnd =
  | { readonly ended: 'all' | 'interrupted' | 'stopped' }
  | { readonly ended: 'failed'; readonly failure: ThreadFailure }

/**
 * Carries out tasks in threads, each one task after the other: this thread stays free, for ^C and to renew a lease.
 *
 * @param threads at most; one is started only if there is a task for it
 * @throws what `take`, `onNote` and `onDone` throw
 */
export async function runInThreads<Task, Answer, Note>(
  work: ThreadWork<Task, Answer, Note>,
  threads: number,
): Promise<ThreadsEnd> {
  const pool = new ThreadPool(work)
  try {
    return await pool.run(threads)
  } finally {
    await pool.close()
  }
}

class ThreadPool<Task, Answer, Note> {
  private readonly workers: Worker[] = []
  /** The number of the task that a thread carries out. */
  private readonly running = new Map<Worker, number>()
  private ignore = (): void => undefined

  constructor(private readonly work: ThreadWork<Task, Answer, Note>) {}

  run(threads: number): Promise<ThreadsEnd> {
    return new Promise((end, fail) => {
      this.ignore = this.work.onInterrupt(() => end({ ended: 'interrupted' }))
      for (let count = 0; count < threads; count += 1) {
        const first = this.work.take()
        if (first !== undefined) this.give(this.start(end, fail), first)
      }
      if (this.running.size === 0) end({ ended: 'all' })
    })
  }

  async close(): Promise<void> {
    this.ignore()
    await Promise.all(this.workers.map((worker) => worker.terminate()))
  }

  private start(end: (how: ThreadsEnd) => void, fail: (error: unknown) => void): Worker {
    const worker = new Worker(this.work.url, { workerData: this.work.workerData })
    this.workers.push(worker)
    worker.on('error', (error) => end({ ended: 'failed', failure: failureOf(error) }))
    // of its own, as by process.exit() in a module of the user's: later, `end` changes nothing
    worker.on('exit', (code) => {
      const stack = `Error: a worker thread ended in a search (status ${code})`
      end({ ended: 'failed', failure: { stack, isOutOfMemory: false } })
    })
    worker.on('message', (message: FromThread<Answer, Note>) => {
      try {
        const ended = this.receive(worker, message)
        if (ended !== undefined) end(ended)
      } catch (error) {
        fail(error)
      }
    })
    return worker
  }

  private give(worker: Worker, { index, task }: NumberedTask<Task>): void {
    this.running.set(worker, index)
    worker.postMessage(task)
  }

  /** @returns how the whole ended, if this message ends it */
  private receive(worker: Worker, message: FromThread<Answer, Note>): ThreadsEnd | undefined {
    const index = this.running.get(worker)
    if (message.type === 'failed') {
      const { stack, isOutOfMemory } = message
      return { ended: 'failed', failure: { stack, isOutOfMemory } }
    }
    if (index === undefined) throw new Error('a thread without a task posted a message')
    if (message.type === 'note') {
      this.work.onNote?.(index, message.note)
      return undefined
    }
    this.running.delete(worker)
    if (!this.work.onDone(index, message.answer)) return { ended: 'stopped' }
    const next = this.work.take()
    if (next !== undefined) this.give(worker, next)
    return this.running.size === 0 ? { ended: 'all' } : undefined
  }
}

/** The other side, in a thread: carries out the tasks that come. */
export function serve<Task, Answer, Note>(run: (task: Task, tell: (note: Note) => void) => Answer): void {
  const post = (message: FromThread<Answer, Note>) => parentPort?.postMessage(message)
  parentPort?.on('message', (task: Task) => {
    try {
      post({ type: 'done', answer: run(task, (note) => post({ type: 'note', note })) })
    } catch (error) {
      post({ type: 'failed', ...failureOf(error) })
    }
  })
}

const failureOf = (error: unknown): ThreadFailure => ({ stack: stackOf(error), isOutOfMemory: isOutOfMemory(error) })
