import { parentPort, workerData } from 'node:worker_threads'
import { Explorer, type Found } from './explorer.js'
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
  /** The thread that stores the initial state, unless a checkpoint has. */
  readonly begins: boolean
}

/** What a thread has done when it ends. */
export interface WorkerReport {
  readonly states: number
  readonly transitions: number
  readonly expanded: number
  readonly found: readonly Found[]
  readonly seen: readonly number[]
}

/** Carries out one thread's part of a search. */
export function work(task: WorkerTask): WorkerReport {
  const made = makeSystem(task.spec)
  if (!made.ok) throw new Error(made.message)
  const system = made.value
  const store = new Store(task.memory)
  const deadline = performance.now() + task.milliseconds
  const explorer = new Explorer(system, store, { threads: task.threads, exhaust: task.exhaust, deadline })
  if (task.begins) explorer.begin()
  explorer.run()
  const { transitions, expanded, found } = explorer
  return { states: store.found, transitions, expanded, found, seen: [...system.seen] }
}

if (parentPort !== null && (workerData as { explores?: boolean } | null)?.explores === true) {
  const { task } = workerData as { task: WorkerTask }
  parentPort.postMessage(work(task))
}
