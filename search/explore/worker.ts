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

/** Carries out one thread's part of a search. */
function work({ spec, memory, threads, exhaust, milliseconds, begins, checkpoint }: WorkerTask): void {
  const made = makeSystem(spec)
  if (!made.ok) throw new Error(made.message)
  const explorer = new Explorer(made.value, new Store(memory), {
    threads,
    exhaust,
    deadline: performance.now() + milliseconds,
    ...(checkpoint === undefined ? {} : { onSave: () => saveCheckpoint(checkpoint, spec, memory) }),
  })
  if (begins) explorer.begin()
  explorer.run()
}

work((workerData as { readonly task: WorkerTask }).task)
parentPort?.postMessage('done')
