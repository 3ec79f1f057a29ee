import { Shared } from './control.js'
import { Explorer, type ExplorerOptions } from './explorer.js'
import { Store, type StoreMemory } from './store.js'
import type { System } from './system.js'
import type { Explored } from './threads.js'

/** Explores a system in this thread. */
export function explore(
  system: System,
  memory: StoreMemory,
  options: Omit<ExplorerOptions, 'threads' | 'deadline'> & { readonly time?: number },
): Explored {
  const store = new Store(memory)
  const begun = performance.now()
  const deadline = begun + (options.time ?? Number.POSITIVE_INFINITY) * 1000
  const explorer = new Explorer(system, store, { ...options, threads: 1, deadline })
  explorer.begin()
  explorer.run()
  const { transitions, expanded, found } = explorer
  return {
    stop: store.shared[Shared.stop],
    states: store.found,
    expanded,
    transitions,
    depth: store.shared[Shared.depth],
    seconds: (performance.now() - begun) / 1000,
    found,
    seen: [...system.seen],
    memory,
  }
}
