import { Shared } from '../control/barrier.js'
import { finalise32 } from '../packing/hash.js'
import { evenly, WideWords } from '../packing/wide-words.js'
import { tableSlotsOf } from './table-slots.js'

/** Memory that threads share, or that one thread has to itself. */
export type Memory = ArrayBuffer | SharedArrayBuffer

/** Ids that a thread reserves at a time. */
const blockBits = 8
const blockSize = 1 << blockBits
const chunkBits = 12
const chunkSize = 1 << chunkBits
/**
 * Log2 of the slots of a new table. The table grows only at a barrier, so this many slots must hold all pairs that the
 * threads add before the first one.
 */
export const minPairTableBits = 20

/** The memory of a store of pairs. Untouched parts of it cost nothing. */
export interface PairMemory {
  /** Pairs that fit. */
  readonly capacity: number
  readonly records: Memory
  readonly table: Memory
  /** How many ids of each block are used. */
  readonly fills: Memory
}

const blocksFor = (capacity: number) => Math.ceil(capacity / blockSize)
/** Table slots per pair, at least. */
const slotsPerPair = 4 / 3
/** Bytes of memory per pair: two words of four bytes, and its share of a table that is three quarters full. */
export const bytesPerPair = 8 + 4 * slotsPerPair
/** Slots of the table at its largest: what the pairs need, which need not be a power of two. */
const lastSlots = (capacity: number) =>
  Math.max(2 ** minPairTableBits, Math.ceil((capacity + blockSize) * slotsPerPair) + 1)
const slotsFor = (bits: number, capacity: number) => Math.min(2 ** bits, lastSlots(capacity))

/** What the memory of the pairs consists of. */
export type PairUse = 'pairs' | 'pairTable' | 'pairFills'

/**
 * Allocates the memory of a store of pairs.
 *
 * @param capacity number of pairs that must fit
 * @param allocate returns memory of a size in bytes; that of the table and of the fills must be zero
 */
export function layOutPairs(capacity: number, allocate: (bytes: number, use: PairUse) => Memory): PairMemory {
  const records = Math.ceil(capacity / chunkSize) * chunkSize * 8
  return {
    capacity,
    records: allocate(records, 'pairs'),
    table: allocate(lastSlots(capacity) * 4, 'pairTable'),
    fills: allocate(blocksFor(capacity) * 4, 'pairFills'),
  }
}

/** Bytes of the pairs of a number of blocks. */
export const pairBytes = (blocks: number): number => blocks * blockSize * 8
/** Bytes of the fill counts of a number of blocks. */
export const fillBytes = (blocks: number): number => blocks * 4
/** How many pairs a number of blocks holds. */
export const pairsOf = (blocks: number): number => blocks * blockSize

/** Stores pairs of 32-bit words, each once, and numbers them: a pair's id. The threads of a search share the store. */
export class PairStore {
  private readonly fills: Int32Array
  private readonly chunks: Int32Array[] = []
  private table!: Int32Array
  private slots = tableSlotsOf(1)
  private nextId = 0
  private blockEnd = 0

  constructor(
    private readonly memory: PairMemory,
    private readonly shared: Int32Array,
  ) {
    this.fills = new Int32Array(memory.fills)
    this.useTable()
  }

  /** Uses the table of the present size; called after each barrier, where it may have grown. */
  useTable(): void {
    const slots = slotsFor(Atomics.load(this.shared, Shared.pairTableBits), this.memory.capacity)
    if (this.slots.last === slots - 1) return
    this.slots = tableSlotsOf(slots)
    this.table = new Int32Array(this.memory.table, 0, slots)
  }

  private chunkOf(id: number): Int32Array {
    const at = id >>> chunkBits
    while (this.chunks.length <= at) {
      this.chunks.push(new Int32Array(this.memory.records, this.chunks.length * chunkSize * 8, chunkSize * 2))
    }
    return this.chunks[at]
  }

  /** Reads a pair into two words, the second behind the first. */
  read(id: number, into: Int32Array, at: number): void {
    const chunk = this.chunkOf(id)
    const from = (id & (chunkSize - 1)) * 2
    into[at] = chunk[from]
    into[at + 1] = chunk[from + 1]
  }

  /** Finds the pair, or stores it. @returns its id, or -1 if the memory is full */
  intern(left: number, right: number): number {
    const { table, slots } = this
    let at = slots.first(hashOf(left, right))
    for (let probes = 0; probes <= slots.last; probes += 1) {
      const slot = Atomics.load(table, at)
      if (slot === 0) {
        const id = this.write(left, right)
        if (id < 0) return -1
        if (Atomics.compareExchange(table, at, 0, id + 1) !== 0) continue
        this.nextId += 1
        return id
      }
      const chunk = this.chunkOf(slot - 1)
      const from = ((slot - 1) & (chunkSize - 1)) * 2
      if (chunk[from] === left && chunk[from + 1] === right) return slot - 1
      at = slots.after(at)
    }
    return -1
  }

  /** Writes a pair at the next free id; it is stored once a slot of the table names the id. */
  private write(left: number, right: number): number {
    if (this.nextId === this.blockEnd && !this.takeBlock()) return -1
    const chunk = this.chunkOf(this.nextId)
    const from = (this.nextId & (chunkSize - 1)) * 2
    chunk[from] = left
    chunk[from + 1] = right
    return this.nextId
  }

  private takeBlock(): boolean {
    this.close()
    const block = Atomics.add(this.shared, Shared.pairBlocks, 1)
    if ((block + 1) * blockSize > this.memory.capacity) {
      Atomics.sub(this.shared, Shared.pairBlocks, 1)
      return false
    }
    if ((block + 1) * blockSize * slotsPerPair > this.slots.last) Atomics.store(this.shared, Shared.tableNeedsGrowth, 1)
    this.nextId = block * blockSize
    this.blockEnd = this.nextId + blockSize
    return true
  }

  /** Notes how far this thread has filled its block. */
  close(): void {
    if (this.blockEnd === 0) return
    this.fills[(this.blockEnd >>> blockBits) - 1] = this.nextId - (this.blockEnd - blockSize)
  }

  /** Doubles the table until it is at most half full, and enters all pairs again. Only while all other threads wait. */
  grow(): void {
    const blocks = Atomics.load(this.shared, Shared.pairBlocks)
    let bits = this.shared[Shared.pairTableBits]
    while (2 ** bits < Math.min(blocks * blockSize * 2, lastSlots(this.memory.capacity))) bits += 1
    Atomics.store(this.shared, Shared.pairTableBits, bits)
    this.useTable()
    this.table.fill(0)
    for (let block = 0; block < blocks; block += 1) {
      for (let at = 0; at < this.fills[block]; at += 1) this.enter(block * blockSize + at)
    }
  }

  private enter(id: number): void {
    const { table, slots } = this
    const chunk = this.chunkOf(id)
    const from = (id & (chunkSize - 1)) * 2
    let slot = slots.first(hashOf(chunk[from], chunk[from + 1]))
    while (table[slot] !== 0) slot = slots.after(slot)
    table[slot] = id + 1
  }
}

/** The multiplier is the prime next to 2^32 over the golden ratio, as in `mix32`. */
const hashOf = (left: number, right: number): number =>
  finalise32((finalise32(left) + Math.imul(right, 0x9e37_79b1)) | 0)

/**
 * States as trees of pairs: each two words of a state are a pair, each two pairs are one, up to the last two, which a
 * record holds. States that are alike in some words share the pairs of these, so that most states add a record alone.
 * Nothing is lost: a tree is read back word by word (Laarman, van de Pol and Weber, 2011).
 */
export class PairTrees {
  /** How many words each level has, from the state's own down to the two of a record. */
  private readonly sizes: readonly number[]
  private readonly scratch: WideWords

  /** @param words of a packed state, more than two */
  constructor(
    readonly pairs: PairStore,
    words: number,
  ) {
    const sizes = [words]
    for (let size = words; size > 2; size = Math.ceil(size / 2)) sizes.push(Math.ceil(size / 2))
    this.sizes = sizes
    this.scratch = new WideWords(new Int32Array(evenly(words)))
  }

  /** Writes the two words that stand for a state. @returns whether there was room for its pairs */
  fold(states: Int32Array, start: number, into: Int32Array, at: number): boolean {
    const { sizes } = this
    const scratch = this.scratch.words
    for (let word = 0; word < sizes[0]; word += 1) scratch[word] = states[start + word]
    for (let level = 0; level < sizes.length - 1; level += 1) {
      const size = sizes[level]
      for (let word = 0; word + 1 < size; word += 2) {
        const id = this.pairs.intern(scratch[word], scratch[word + 1])
        if (id < 0) return false
        scratch[word >>> 1] = id
      }
      if (size % 2 === 1) scratch[size >>> 1] = scratch[size - 1]
    }
    into[at] = scratch[0]
    into[at + 1] = scratch[1]
    return true
  }

  /** Reads a state back from the two words that stand for it. @returns its words, until the next call */
  unfold(from: Int32Array, at: number): WideWords {
    const { sizes } = this
    const scratch = this.scratch.words
    scratch[0] = from[at]
    scratch[1] = from[at + 1]
    for (let level = sizes.length - 2; level >= 0; level -= 1) {
      const size = sizes[level]
      if (size % 2 === 1) scratch[size - 1] = scratch[size >>> 1]
      for (let word = (size >>> 1) - 1; word >= 0; word -= 1) this.pairs.read(scratch[word], scratch, word * 2)
    }
    return this.scratch
  }
}
