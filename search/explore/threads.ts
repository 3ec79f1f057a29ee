import { Worker } from 'node:worker_threads'
import { Shared, Stop } from './control.js'
import type { Found } from './explorer.js'
import type { Spec } from './spec.js'
import { blockSize, type StoreMemory } from './store.js'
import type { WorkerReport, WorkerTask } from './worker.js'

/** How a search ended, and what it had seen by then. */
export interface Explored {
  /** `Stop`. */
  readonly stop: number
  /** Distinct states stored; of these, those whose steps were all taken. */
  readonly states: number
  readonly expanded: number
  readonly transitions: number
  /** Levels, the initial state being at 1. */
  readonly depth: number
  readonly seconds: number
  /** The shortest way to fail each property that failed. */
  readonly found: readonly Found[]
  /** Bits of each property's witness, by property. */
  readonly seen: readonly number[]
  readonly memory: StoreMemory
}

export interface ThreadOptions {
  readonly threads: number
  readonly exhaust: boolean
  /** Seconds. */
  readonly time?: number
  /** Counts of a search that goes on from a checkpoint. */
  readonly before?: Pick<Explored, 'states' | 'expanded' | 'transitions' | 'found' | 'seen' | 'seconds'>
  /** Called every quarter of a second with states found so far and the depth. */
  readonly onProgress?: (states: number, depth: number) => void
  /** Registers what stops the search before its time. @returns how to stop listening */
  readonly onInterrupt?: (stop: () => void) => () => void
}

/** Explores in worker threads, so that this one can watch, and stop them. */
export async function exploreInThreads(spec: Spec, memory: StoreMemory, options: ThreadOptions): Promise<Explored> {
  const shared = new Int32Array(memory.shared)
  const begun = performance.now()
  const stop = (why: number) => () => Atomics.compareExchange(shared, Shared.stop, Stop.None, why)
  const ignore = options.onInterrupt?.(stop(Stop.Interrupted))
  const look = () => options.onProgress?.(Atomics.load(shared, Shared.blocks) * blockSize, shared[Shared.depth])
  const clock = setInterval(look, 250)
  try {
    const tasks = Array.from({ length: options.threads }, (_, index) => taskFor(spec, memory, options, index))
    const reports = await Promise.all(tasks.map(runWorker))
    return together(memory, reports, (performance.now() - begun) / 1000, options.before)
  } finally {
    clearInterval(clock)
    ignore?.()
  }
}

function taskFor(spec: Spec, memory: StoreMemory, options: ThreadOptions, index: number): WorkerTask {
  return {
    spec,
    memory,
    threads: options.threads,
    exhaust: options.exhaust,
    milliseconds: (options.time ?? Number.POSITIVE_INFINITY) * 1000,
    begins: index === 0 && options.before === undefined,
  }
}

function runWorker(task: WorkerTask): Promise<WorkerReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: { explores: true, task } })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => {
      if (code !== 0) reject(new Error(`a search thread ended with status ${code}`))
    })
  })
}

function together(
  memory: StoreMemory,
  reports: readonly WorkerReport[],
  seconds: number,
  before: ThreadOptions['before'],
): Explored {
  const shared = new Int32Array(memory.shared)
  const all = before === undefined ? reports : [before, ...reports]
  const total = (count: (report: Omit<WorkerReport, 'seconds'>) => number) =>
    all.reduce((sum, report) => sum + count(report), 0)
  const length = Math.max(...all.map(({ seen }) => seen.length))
  return {
    stop: shared[Shared.stop],
    states: total(({ states }) => states),
    expanded: total(({ expanded }) => expanded),
    transitions: total(({ transitions }) => transitions),
    depth: shared[Shared.depth],
    seconds: seconds + (before?.seconds ?? 0),
    found: shortest(all.flatMap(({ found }) => found)),
    seen: Array.from({ length }, (_, at) => all.reduce((bits, { seen }) => bits | (seen[at] ?? 0), 0)),
    memory,
  }
}

/** Of several ways to fail a property the shortest, and of those the one from the lowest state. */
function shortest(found: readonly Found[]): Found[] {
  const best = new Map<number, Found>()
  for (const one of found) {
    const other = best.get(one.property)
    if (other === undefined || one.depth < other.depth || (one.depth === other.depth && one.from < other.from)) {
      best.set(one.property, one)
    }
  }
  return [...best.values()].sort((a, b) => a.property - b.property)
}
