import { Shared } from './control/barrier.js'
import { Counters, type FailedStep } from './control/counters.js'
import type { StoreMemory } from './memory/store-memory.js'

/** How a search ended, and what it had seen by then. */
export interface SearchResult {
  /** `Stop`. */
  readonly stop: number
  /** Distinct states stored; of these, those whose successors were all stored. */
  readonly states: number
  readonly expanded: number
  readonly transitions: number
  /** Levels, the initial state being at 1. */
  readonly depth: number
  readonly seconds: number
  /** The end of a shortest path to a failure, for each property that failed. */
  readonly failures: readonly FailedStep[]
  /** Bits of each property's witness, by property. */
  readonly witnessed: readonly number[]
  readonly memory: StoreMemory
}

/** Reads the result of a search from its memory. @param properties how many are judged */
export function resultOf(memory: StoreMemory, properties: number, seconds: number): SearchResult {
  const shared = new Int32Array(memory.shared)
  const counters = new Counters(memory.counters)
  return {
    stop: shared[Shared.stop],
    states: counters.get('states'),
    expanded: counters.get('expanded'),
    transitions: counters.get('transitions'),
    depth: shared[Shared.depth],
    seconds,
    failures: counters.failures(shared[Shared.violated]),
    witnessed: Array.from({ length: properties }, (_, property) => counters.witnessed(property)),
    memory,
  }
}
