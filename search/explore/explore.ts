import { type Explored, exploredIn } from './explored.js'
import { Explorer } from './explorer.js'
import { Store, type StoreMemory } from './store.js'
import type { System } from './system.js'

export interface ExploreOptions {
  /** Goes on when every property is violated, until all states are seen. */
  readonly exhaust: boolean
  /** Seconds. */
  readonly time?: number
}

/** Explores a system in this thread. */
export function explore(system: System, memory: StoreMemory, { exhaust, time }: ExploreOptions): Explored {
  const begun = performance.now()
  const deadline = begun + (time ?? Number.POSITIVE_INFINITY) * 1000
  const explorer = new Explorer(system, new Store(memory), { threads: 1, exhaust, deadline })
  explorer.begin()
  explorer.run()
  return exploredIn(memory, system.properties.length, (performance.now() - begun) / 1000)
}
