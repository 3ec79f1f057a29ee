import { parentPort, workerData } from 'node:worker_threads'
import { saveCheckpoint } from './checkpoint.js'
import { Explorer } from './explorer.js'
import { makeSystem, type Spec } from './spec.js'
import { Store, type StoreMemory } from './store.js'

/** What a thread is given: the search's shared memory, and what it explores. */
export interface WorkerTask {
  readonly spec: Spec
  readonly memory: StoreMemory
  readonly threads: number
  readonly exhaust: boolean
  /** Milliseconds from the thread's start to the deadline; Infinity for none. */
  readonly milliseconds: number
  /** Whether this thread stores the initial state: one does, unless a checkpoint has. */
  readonly begins: boolean
  /** Where to save the search when it is asked to. */
  readonly checkpoint?: string
}

/** What a thread says to the one that watches it. */
export type FromWorker =
  | { readonly says: 'done' }
  /** An error loses its code on the way from thread to thread. */
  | { readonly says: 'unsaved'; readonly message: string; readonly code: string | undefined }

const tell = (message: FromWorker) => parentPort?.postMessage(message)

/** Carries out one thread's part of a search. */
function work({ spec, memory, threads, exhaust, milliseconds, begins, checkpoint }: WorkerTask): void {
  const made = makeSystem(spec)
  if (!made.ok) throw new Error(made.message)
  const explorer = new Explorer(made.value, new Store(memory), {
    threads,
    exhaust,
    deadline: performance.now() + milliseconds,
    ...(checkpoint === undefined ? {} : { onSave: () => save(checkpoint, spec, memory) }),
  })
  if (begins) explorer.begin()
  explorer.run()
}

/** A search goes on though it cannot be saved: what it has found is worth more than a file. */
function save(path: string, spec: Spec, memory: StoreMemory): void {
  try {
    saveCheckpoint(path, spec, memory)
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    tell({ says: 'unsaved', message, code })
  }
}

work((workerData as { readonly task: WorkerTask }).task)
tell({ says: 'done' })
