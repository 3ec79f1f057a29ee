import { existsSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'
import { ok, type Result, refuse } from '../../base/result.js'
import { bytesPerState, capacityFor, makeSharedMemory, type StoreMemory } from '../../checker/memory/store-memory.js'
import { isOutOfMemory } from '../../checker/out-of-memory.js'
import type { Packing } from '../../checker/packing/packing.js'
import { loadCheckpoint } from '../../checker/threads/checkpoint.js'
import type { ExplorationSpec } from '../../search/exhaustive/exploration-spec.js'
import type { Kept } from '../../search/exhaustive/explore-all.js'
import { maxStates } from '../../search/exhaustive/verdicts.js'

/** Below this many states a search says nothing about anything. */
const fewest = 1000
/** The share of free memory that states may take by default. */
const defaultShare = 0.6

export interface Bounds {
  readonly states?: number
  /** Bytes. */
  readonly memory?: number
  readonly resume?: boolean
  /** Whether states are stored as trees of pairs; a search that is resumed stores them as it did. */
  readonly compress?: boolean
}

/**
 * How many states a search may store within its bounds. Refused if too few fit for the scope, or if the bounds ask for
 * more memory than the machine has.
 */
export function capacityOf(spec: ExplorationSpec, { stride: words }: Packing, bounds: Bounds): Result<number> {
  const { memory = Math.floor(freemem() * defaultShare), states = Number.POSITIVE_INFINITY, compress = false } = bounds
  if (memory > totalmem()) {
    return refuse(`--memory: found ${sized(memory)}, expected at most ${sized(totalmem())}, the memory of this machine`)
  }
  const each = bytesPerState(words, compress)
  const fits = capacityFor(words, memory, maxStates(spec, compress), compress)
  if (fits < Math.min(fewest, states)) return refuse(tooLarge(each, memory, fits))
  return ok(Math.min(states, fits))
}

/**
 * Allocates the memory of a search, or loads that of a saved one. Refused if the machine does not have enough.
 *
 * @throws any other error of the allocation or the file system
 */
export function memoryFor(
  spec: ExplorationSpec,
  packing: Packing,
  bounds: Bounds,
  { path, identity }: Kept,
): Result<StoreMemory> {
  const capacity = capacityOf(spec, packing, bounds)
  if (!capacity.ok) return capacity
  try {
    if (bounds.resume === true && existsSync(path)) {
      const capacityFrom = (compress: boolean) => capacityOf(spec, packing, { ...bounds, compress })
      return loadCheckpoint(path, { identity, packing, capacity: capacityFrom })
    }
    return ok(makeSharedMemory(packing, capacity.value, bounds.compress))
  } catch (error) {
    if (isOutOfMemory(error)) return refuse(notGiven(bytesPerState(packing.length, bounds.compress), capacity.value))
    throw error
  }
}

const count = (states: number): string => states.toLocaleString('en-US')

const sized = (bytes: number): string =>
  bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`

const tooLarge = (each: number, memory: number, fits: number): string =>
  `--scope: a state takes ${Math.ceil(each)} bytes with its place in the table, so ${count(fits)} fit into ` +
  `${sized(memory)}; expected room for at least ${count(fewest)}: a smaller scope, fewer parts, or --memory`

const notGiven = (each: number, capacity: number): string =>
  `--memory: this machine does not give the ${sized(each * capacity)} that ${count(capacity)} states ` +
  'take; ask for less, or for fewer with --states'
