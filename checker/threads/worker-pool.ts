import { parentPort, Worker } from 'node:worker_threads'
import { forceGc } from '../force-gc.js'

/** What a thread posts: notes of the task that it carries out, and its end. */
type FromWorker<Note> = { readonly type: 'note'; readonly note: Note } | { readonly type: 'done' }

/** A task that a thread carries out. */
export interface RunningTask {
  /** Rejected with the error with which the thread ended. */
  readonly done: Promise<void>
  /** Ends the thread, and with it the task; `done` is rejected then. */
  readonly stop: () => Promise<void>
}

/**
 * Worker threads of one module, which calls `serveTasks`. A thread carries out one task after the other: to import the
 * model takes longer than to search a small machine.
 */
export class WorkerPool<Task, Note> {
  private idle: Worker[] = []
  private readonly busy = new Set<Worker>()

  constructor(private readonly module: URL) {}

  /** Hands a task, which is plain data, to a thread that is idle, or to a new one. */
  begin(task: Task, onNote: (note: Note) => void): RunningTask {
    const worker = this.idle.pop() ?? this.start()
    this.busy.add(worker)
    worker.postMessage(task)
    const done = new Promise<void>((resolve, reject) => {
      const onMessage = (message: FromWorker<Note>) => {
        if (message.type === 'note') return onNote(message.note)
        worker.off('message', onMessage).off('error', reject).off('exit', onExit)
        if (this.busy.delete(worker)) this.idle.push(worker)
        resolve()
      }
      const onExit = () => reject(new Error('a search thread ended before its search'))
      worker.on('message', onMessage).on('error', reject).on('exit', onExit)
    })
    return { done, stop: () => this.stop(worker) }
  }

  /** Ends all threads. */
  async end(): Promise<void> {
    await Promise.all([...this.idle.splice(0), ...this.busy].map((worker) => this.stop(worker)))
  }

  private start(): Worker {
    const worker = new Worker(this.module)
    // of its own, as by process.exit() in a module of the user's: no task is handed to it any more
    return worker.once('exit', () => {
      this.idle = this.idle.filter((one) => one !== worker)
    })
  }

  private async stop(worker: Worker): Promise<void> {
    this.busy.delete(worker)
    await worker.terminate()
  }
}

/**
 * The other side, in a thread: carries out the tasks that come. Memory that a task shared is given back before its end
 * is told, so that the next search has as much.
 *
 * @param run resolves to what is kept of a task until the next has ended, as the system that it searched. When V8
 * collects the last object of a shape it forgets the shape, and what it has compiled for it: the next search would
 * begin slowly, and after some more such losses it would stay so
 */
export function serveTasks<Task, Note>(run: (task: Task, tell: (note: Note) => void) => Promise<unknown>): void {
  const post = (message: FromWorker<Note>) => parentPort?.postMessage(message)
  const tell = (note: Note) => post({ type: 'note', note })
  const last: { kept?: unknown } = {}
  const carryOut = async (task: Task): Promise<void> => {
    last.kept = await run(task, tell)
  }
  const finish = () => {
    forceGc()
    post({ type: 'done' })
  }
  // later, when nothing refers to the task any more; what `run` throws ends the thread
  parentPort?.on('message', (task: Task) => void carryOut(task).then(() => setImmediate(finish)))
}
