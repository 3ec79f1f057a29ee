import { Explorer, type OnEdge } from './explorer.js'
import { type Explored, exploredIn } from './result.js'
import { StateStore, type StoreMemory } from './state-store.js'
import type { System } from './system.js'

export interface ExploreOptions {
  /** Goes on when every property is violated, until all states are seen. */
  readonly exhaust: boolean
  /** Seconds. */
  readonly time?: number
}

interface HereOptions extends ExploreOptions {
  /** Is told of each step, in the order of the states' ids. */
  readonly onEdge?: OnEdge
}

/** Explores a system in this thread. */
export function explore(system: System, memory: StoreMemory, { time, ...options }: HereOptions): Explored {
  const begun = performance.now()
  const deadline = begun + (time ?? Number.POSITIVE_INFINITY) * 1000
  const explorer = new Explorer(system, new StateStore(memory), { threads: 1, deadline, ...options })
  explorer.begin()
  explorer.run()
  return exploredIn(memory, system.properties.length, (performance.now() - begun) / 1000)
}

/** Takes every step of a search that has ended once more, in the order of the states' ids. */
export function retrace(system: System, store: StateStore, onEdge: OnEdge): void {
  const deadline = Number.POSITIVE_INFINITY
  new Explorer(system, store, { threads: 1, exhaust: true, deadline, onEdge }).retrace()
}
