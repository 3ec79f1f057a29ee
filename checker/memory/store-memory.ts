import { Shared, sharedWords } from '../control/barrier.js'
import { counterBytes } from '../control/counters.js'
import { headWords, type Packing } from '../packing/packing.js'
import {
  bytesPerPair,
  layOutPairs,
  type Memory,
  minPairTableBits,
  type PairMemory,
  type PairUse,
} from './pair-store.js'

/** Ids that a thread reserves at a time; a segment lies within one block. */
export const blockSize = 256
export const chunkBits = 12
export const chunkMask = (1 << chunkBits) - 1
/**
 * A slot holds an id + 1 and, above it, bits of the hash: a probe reads the record only if these are equal. Two bits,
 * where records are short and so many more of them fit.
 */
export const idBits = { full: 28, compressed: 30 }
const minTableBits = 16
/** Words of a state that is stored as a tree of pairs. */
const rootWords = 2
/** Pairs that there is room for beside one for two states: few states have more pairs than that. */
const pairsAtFirst = 1 << 20

/** The memory of one search. Untouched parts of it cost nothing. */
export interface StoreMemory {
  /** Bits of each byte of a state (`Packing`). */
  readonly bits: Uint8Array
  /** Words of a packed state. */
  readonly words: number
  /** Words of a state in its record: `Packing.stride`, or two where it is a tree of pairs. */
  readonly stored: number
  /** States that fit. */
  readonly capacity: number
  /** Where states are trees of pairs; without it each is stored in full. */
  readonly pairs?: PairMemory
  readonly shared: Memory
  readonly records: Memory
  readonly table: Memory
  readonly segments: Memory
  /** What the search has counted and found (`control/counters.ts`). */
  readonly counters: Memory
}

/** Words of 4 bytes from one record to the next. @param stored words of a stored state (`Packing.stride`) */
export const strideOf = (stored: number) => stored + headWords
/** @param room slots for each state */
export const tableBitsFor = (capacity: number, room: number) =>
  Math.max(minTableBits, Math.ceil(Math.log2(capacity * room)))
/** Slots for each state at least: a table of long records may be half full, one of short records three quarters. */
export const slotsPerState = { full: 2, compressed: 4 / 3 }

/**
 * Slots of a table in use. Where states are trees of pairs, the last size is no power of two but what the states need.
 *
 * @param bits log2 of the size that it has grown to
 */
export const tableSlots = (bits: number, { capacity, pairs }: Pick<StoreMemory, 'capacity' | 'pairs'>): number =>
  pairs === undefined ? 2 ** bits : Math.min(2 ** bits, lastSlots(capacity))

const lastSlots = (capacity: number): number =>
  Math.max(2 ** minTableBits, Math.ceil((capacity + blockSize) * slotsPerState.compressed) + 1)

/** Bytes of a record: its hash, its parent, the state. @param stored words of the state there */
export const recordBytes = (stored: number): number => strideOf(stored) * 4

/** Pairs that there is room for, for each state: the first million of 4 pages and 2 vCPUs have seven for ten. */
export const pairsPerState = 0.75

/**
 * Bytes that each stored state costs: its record, and its share of a table that is half full on average. A tree of
 * pairs costs its root, its share of a table that is three quarters full once the memory is, and of the pairs.
 */
export const bytesPerState = (words: number, compressed = false): number =>
  compressed
    ? recordBytes(rootWords) + 4 * slotsPerState.compressed + pairsPerState * bytesPerPair
    : recordBytes(words) + 20

/** States that a table's slot can name. */
export const maxStoredStates = 2 ** idBits.full - 1 - blockSize
/** The same where states are trees of pairs. */
export const maxCompressedStates = 2 ** idBits.compressed - 1 - blockSize

/** The states that a budget of bytes holds. @param maxStates that the search can tell apart */
export function capacityFor(words: number, bytes: number, maxStates = maxStoredStates, compressed = false): number {
  return Math.min(Math.floor(bytes / bytesPerState(words, compressed)), maxStates)
}

/** The states of a memory that has room for so many, and for so many pairs. */
export const capacityWithPairs = (states: number, pairs: number): number =>
  Math.max(states, (pairs - pairsAtFirst) / pairsPerState)

/**
 * Memory for a search by several threads.
 *
 * @param compressed whether states are stored as trees of pairs
 * @throws RangeError if the machine does not give so much address space
 */
export const makeSharedMemory = (packing: Packing, capacity: number, compressed = false): StoreMemory =>
  layOut(packing, capacity, (bytes) => new SharedArrayBuffer(bytes), compressed)

/**
 * The same for one thread, in memory that V8 frees soon after the search. V8 does not count shared memory when it
 * decides when to collect, so the memory of one search after another would stay.
 */
export const makeOwnMemory = (packing: Packing, capacity: number, compressed = false): StoreMemory =>
  layOut(packing, capacity, (bytes) => new ArrayBuffer(bytes), compressed)

/** What the memory of a search consists of. */
export type MemoryUse = 'shared' | 'records' | 'table' | 'segments' | 'counters' | PairUse

/** @param allocate gives so many bytes, which are 0 but in records and segments */
export function layOut(
  packing: Packing,
  capacity: number,
  allocate: (bytes: number, use: MemoryUse) => Memory,
  compressed = false,
): StoreMemory {
  const { bits, length: words, stride } = packing
  const isFolded = compressed && words > rootWords
  const stored = isFolded ? rootWords : stride
  const slots = isFolded ? lastSlots(capacity) : 2 ** (tableBitsFor(capacity, slotsPerState.full) + 1)
  const blocks = Math.ceil(capacity / blockSize) + 64
  const records = Math.ceil((blocks * blockSize) / (chunkMask + 1)) * (chunkMask + 1)
  const shared = allocate(sharedWords * 4, 'shared')
  const control = new Int32Array(shared)
  control[Shared.tableBits] = minTableBits
  if (isFolded) control[Shared.pairTableBits] = minPairTableBits
  return {
    bits,
    words,
    stored,
    capacity,
    ...(isFolded && { pairs: layOutPairs(Math.ceil(capacity * pairsPerState) + pairsAtFirst, allocate) }),
    shared,
    records: allocate(records * strideOf(stored) * 4, 'records'),
    table: allocate(slots * 4, 'table'),
    segments: allocate((blocks * 4 + (1 << 20)) * 2 * 4, 'segments'),
    counters: allocate(counterBytes, 'counters'),
  }
}
