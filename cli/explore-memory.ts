import { existsSync } from 'node:fs'
import { freemem } from 'node:os'
import type { Checked } from '../model/checked.js'
import { loadCheckpoint } from '../search/explore/checkpoint.js'
import { mostStates } from '../search/explore/judge.js'
import type { Spec } from '../search/explore/spec.js'
import { bytesPerState, capacityFor, makeMemory, type StoreMemory } from '../search/explore/store.js'

/** Below this many states a search says nothing about anything. */
const fewest = 1000
/** The share of free memory that states may take, if nobody says otherwise. */
const usualShare = 0.6

export interface Bounds {
  readonly states?: number
  /** Bytes. */
  readonly memory?: number
  readonly resume?: boolean
}

/**
 * Memory for a search within its bounds, fresh or from where an earlier one is kept. A scope of which too few states
 * fit, and a size that the machine does not give, are messages.
 */
export function memoryFor(spec: Spec, words: number, bounds: Bounds, path: string): Checked<StoreMemory> {
  const { memory = Math.floor(freemem() * usualShare), states = Number.POSITIVE_INFINITY, resume } = bounds
  const fits = capacityFor(words, memory, mostStates(spec))
  if (fits < Math.min(fewest, states)) return { ok: false, message: tooLarge(words, memory, fits) }
  const capacity = Math.min(states, fits)
  try {
    if (resume === true && existsSync(path)) return loadCheckpoint(path, spec, capacity)
    return { ok: true, value: makeMemory(words, capacity) }
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, message: notGiven(words, capacity) }
    throw error
  }
}

const count = (states: number): string => states.toLocaleString('en-US')

const sized = (bytes: number): string =>
  bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`

const tooLarge = (words: number, memory: number, fits: number): string =>
  `--scope: a state takes ${bytesPerState(words)} bytes with its place in the table, so ${count(fits)} fit into ` +
  `${sized(memory)}; expected room for at least ${count(fewest)}: a smaller scope, fewer parts, or --memory`

const notGiven = (words: number, capacity: number): string =>
  `--memory: this machine does not give the ${sized(bytesPerState(words) * capacity)} that ${count(capacity)} states ` +
  'take; ask for less, or for fewer with --states'
