import { Shared } from './barrier.js'
import { Counters, type Found } from './counters.js'
import type { StoreMemory } from './state-store.js'

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
  /** A shortest way to fail each property that failed. */
  readonly found: readonly Found[]
  /** Bits of each property's witness, by property. */
  readonly seen: readonly number[]
  readonly memory: StoreMemory
}

/** What a search's memory says of it. @param properties how many are judged */
export function exploredIn(memory: StoreMemory, properties: number, seconds: number): Explored {
  const shared = new Int32Array(memory.shared)
  const tally = new Counters(memory.tally)
  return {
    stop: shared[Shared.stop],
    states: tally.get('states'),
    expanded: tally.get('expanded'),
    transitions: tally.get('transitions'),
    depth: shared[Shared.depth],
    seconds,
    found: tally.found(shared[Shared.violated]),
    seen: Array.from({ length: properties }, (_, property) => tally.seen(property)),
    memory,
  }
}
