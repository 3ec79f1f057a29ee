import type { SearchOptions } from '../bfs.js'
import { Shared, Stop } from '../control/barrier.js'
import { Counters } from '../control/counters.js'
import type { StoreMemory } from '../memory/store-memory.js'
import { isOutOfMemory } from '../out-of-memory.js'
import { resultOf, type SearchResult } from '../result.js'
import type { SystemRecipe, UnsavedNote, WorkerTask } from './worker.js'
import { WorkerPool } from './worker-pool.js'

export interface ThreadOptions extends SearchOptions {
  readonly threads: number
  /** Properties that are judged. */
  readonly properties: number
  /** Whether the memory comes from a checkpoint. */
  readonly isResumed?: boolean
  /** A file to save the search to, periodically and when it is cut short. */
  readonly checkpoint?: { readonly path: string; readonly everySeconds: number }
  /** Called every quarter of a second with the states found so far. */
  readonly onProgress?: (states: number) => void
  /** Called when the search could not be saved; the search continues. */
  readonly onUnsaved?: (error: Error) => void
  /** Registers what stops the search before its time. @returns how to stop listening */
  readonly onInterrupt?: (stop: () => void) => () => void
}

/** Threads that search, one search after the other. */
export type SearchThreads = WorkerPool<WorkerTask, UnsavedNote>
export const makeSearchThreads = (): SearchThreads => new WorkerPool(new URL('./worker.js', import.meta.url))

/**
 * Explores in worker threads, so that this one can watch and stop them. If memory runs out, the search stops.
 *
 * @param pool of which threads are left; its owner ends it
 * @throws Error with which a worker has ended
 */
export async function exploreInThreads(
  pool: SearchThreads,
  recipe: SystemRecipe,
  memory: StoreMemory,
  options: ThreadOptions,
): Promise<SearchResult> {
  const shared = new Int32Array(memory.shared)
  const counters = new Counters(memory.counters)
  const begun = performance.now()
  const ignore = options.onInterrupt?.(() => {
    Atomics.compareExchange(shared, Shared.stop, Stop.None, Stop.Interrupted)
  })
  const before = counters.get('milliseconds')
  const soFar = () => before + (performance.now() - begun)
  const clock = setInterval(() => {
    counters.setMilliseconds(soFar())
    options.onProgress?.(counters.get('states'))
  }, 250)
  const { everySeconds = Number.POSITIVE_INFINITY } = options.checkpoint ?? {}
  const saver = Number.isFinite(everySeconds)
    ? setInterval(() => Atomics.store(shared, Shared.save, 1), everySeconds * 1000)
    : undefined
  const tasks = Array.from({ length: options.threads }, (_, index) => taskFor(recipe, memory, options, index))
  try {
    await runAll(pool, tasks, options.onUnsaved)
  } catch (error) {
    if (!isOutOfMemory(error)) throw error
    Atomics.store(shared, Shared.stop, Stop.Memory)
  } finally {
    clearInterval(clock)
    clearInterval(saver)
    ignore?.()
  }
  counters.setMilliseconds(soFar())
  return resultOf(memory, options.properties, soFar() / 1000)
}

function taskFor(recipe: SystemRecipe, memory: StoreMemory, options: ThreadOptions, index: number): WorkerTask {
  return {
    recipe,
    memory,
    threads: options.threads,
    exhaust: options.exhaust,
    milliseconds: (options.seconds ?? Number.POSITIVE_INFINITY) * 1000,
    storesInitialState: index === 0 && options.isResumed !== true,
    ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint.path }),
  }
}

/** Runs all threads to their end. When one dies, the others are ended: they would never leave the next barrier. */
async function runAll(
  pool: SearchThreads,
  tasks: readonly WorkerTask[],
  onUnsaved: ThreadOptions['onUnsaved'],
): Promise<void> {
  const running = tasks.map((task) =>
    pool.begin(task, ({ reason, code }) => onUnsaved?.(Object.assign(new Error(reason), { code }))),
  )
  try {
    await Promise.all(running.map(({ done }) => done))
  } catch (error) {
    await Promise.all(running.map(({ stop }) => stop()))
    throw error
  }
}
