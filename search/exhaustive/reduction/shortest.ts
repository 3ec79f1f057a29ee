import { explore } from '../../../checker/bfs.js'
import type { FailedStep } from '../../../checker/control/counters.js'
import { makeOwnMemory } from '../../../checker/memory/store-memory.js'
import type { SearchResult } from '../../../checker/result.js'
import { StateStore } from '../../../checker/state-store.js'
import type { Run } from '../../simulator.js'
import type { ModelSystem } from '../model-system.js'
import { runTo } from '../path.js'

/** Why a violation that a reduced search has found has no counterexample. */
export const noShortest =
  'a reduced search found a violation, but the search for a shortest counterexample did not fit into its memory; ' +
  'give more --memory'

/**
 * Finds shortest counterexamples to what a reduced search has found violated: its own path leaves states out, and need
 * not be a shortest one. So the plain search goes as far as the last of them.
 *
 * @param plain makes the system that judges these properties, by index, without reduction
 * @returns the run to a failure of the reduced search; undefined where memory was full before
 */
export function shortestRuns(
  { failures, memory }: SearchResult,
  plain: (failed: readonly number[]) => ModelSystem,
): (step: FailedStep) => Run | undefined {
  const failed = failures.map(({ property }) => property)
  let found: { readonly system: ModelSystem; readonly explored: SearchResult } | undefined
  return ({ property }) => {
    if (found === undefined) {
      const system = plain(failed)
      found = { system, explored: explore(system, makeOwnMemory(system.packing, memory.capacity), { exhaust: false }) }
    }
    const { system, explored } = found
    const step = explored.failures.find((one) => one.property === failed.indexOf(property))
    return step && runTo(system, new StateStore(explored.memory), step)
  }
}
