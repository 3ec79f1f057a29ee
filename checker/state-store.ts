import { Shared, Stop, sharedWords } from './barrier.js'
import { Counters, counterBytes } from './counters.js'
import { finalise32 } from './hash.js'

/** Ids of a block: what a thread takes at a time, and the most that one segment holds. */
export const blockSize = 256
const chunkBits = 12
const chunkMask = (1 << chunkBits) - 1
/** A slot holds an id + 1 and, above it, four bits of the hash, which spare most looks at a wrong record. */
const idBits = 28
const idMask = (1 << idBits) - 1
const tagMask = ~idMask
const leastTableBits = 16
/** Words of a record before the state: its hash, its parent. */
const head = 2

/** Memory that threads share, or that one thread has for itself. */
export type Room = ArrayBuffer | SharedArrayBuffer

/** The memory of one search. Untouched parts of it cost nothing. */
export interface StoreMemory {
  readonly words: number
  /** States that fit. */
  readonly capacity: number
  readonly shared: Room
  readonly records: Room
  readonly table: Room
  readonly segments: Room
  /** What the search has counted and found (`counters.ts`). */
  readonly tally: Room
}

const strideOf = (words: number) => words + head
const tableBitsFor = (capacity: number) => Math.max(leastTableBits, Math.ceil(Math.log2(capacity * 2)))

/** Bytes of a record: its hash, its parent, the state. */
export const recordBytes = (words: number): number => strideOf(words) * 4

/** Bytes that each stored state costs: its record, and its share of a table that is half full on average. */
export const bytesPerState = (words: number): number => strideOf(words) * 4 + 20

/** States that a table's slot can name. */
export const maxStoredStates = idMask - blockSize

/** The states that a budget of bytes holds. @param most that the search can tell apart */
export function capacityFor(words: number, bytes: number, most = maxStoredStates): number {
  return Math.min(Math.floor(bytes / bytesPerState(words)), most)
}

/**
 * Memory for a search by several threads.
 *
 * @throws RangeError if the machine does not give so much address space
 */
export const makeMemory = (words: number, capacity: number): StoreMemory => layOut(words, capacity, SharedArrayBuffer)

/**
 * The same for one thread, which gives it back soon after its search. Shared memory does not count when a thread
 * decides to look for what it can give back, so that one search after another would keep all of it.
 */
export const makeOwnMemory = (words: number, capacity: number): StoreMemory => layOut(words, capacity, ArrayBuffer)

function layOut(words: number, capacity: number, Memory: new (bytes: number) => Room): StoreMemory {
  const blocks = Math.ceil(capacity / blockSize) + 64
  const records = Math.ceil((blocks * blockSize) / (chunkMask + 1)) * (chunkMask + 1)
  const shared = new Memory(sharedWords * 4)
  new Int32Array(shared)[Shared.tableBits] = leastTableBits
  return {
    words,
    capacity,
    shared,
    records: new Memory(records * strideOf(words) * 4),
    table: new Memory(2 ** (tableBitsFor(capacity) + 1) * 4),
    segments: new Memory((blocks * 4 + (1 << 20)) * 2 * 4),
    tally: new Memory(counterBytes),
  }
}

/** One thread's hands on the states of a search: each is stored once, in full, with the state it came from. */
export class StateStore {
  readonly shared: Int32Array
  readonly tally: Counters
  /** Whether the last state interned was new. */
  isNew = false
  private readonly stride: number
  private readonly chunks: Int32Array[] = []
  private readonly segments: Int32Array
  private table!: Int32Array
  private mask = 0
  private nextId = 0
  private blockEnd = 0
  private segmentStart = 0

  constructor(private readonly memory: StoreMemory) {
    this.shared = new Int32Array(memory.shared)
    this.tally = new Counters(memory.tally)
    this.stride = strideOf(memory.words)
    this.segments = new Int32Array(memory.segments)
    this.useTable()
  }

  /** Looks at the table that is in use now: after each meeting of the threads. */
  useTable(): void {
    const slots = 2 ** Atomics.load(this.shared, Shared.tableBits)
    this.mask = slots - 1
    this.table = new Int32Array(this.memory.table, slots * 4, slots)
  }

  /** Where a record begins in its chunk (`chunkOf`). */
  private readonly offsetOf = (id: number) => (id & chunkMask) * this.stride

  private chunkOf(id: number): Int32Array {
    const at = id >>> chunkBits
    return this.chunks[at] ?? this.openChunk(at)
  }

  private openChunk(at: number): Int32Array {
    const length = (chunkMask + 1) * this.stride
    while (this.chunks.length <= at) {
      const next = this.chunks.length
      this.chunks.push(new Int32Array(this.memory.records, next * length * 4, length))
    }
    return this.chunks[at]
  }

  parentOf = (id: number): number => this.chunkOf(id)[this.offsetOf(id) + 1]
  sumOf = (id: number): number => this.chunkOf(id)[this.offsetOf(id)]

  /** Copies a stored state. */
  read(id: number, into: Int32Array): void {
    const chunk = this.chunkOf(id)
    const from = this.offsetOf(id) + head
    for (let at = 0; at < into.length; at += 1) into[at] = chunk[from + at]
  }

  private holds(id: number, states: Int32Array, start: number, sum: number): boolean {
    const chunk = this.chunks[id >>> chunkBits] ?? this.openChunk(id >>> chunkBits)
    const from = (id & chunkMask) * this.stride
    if (chunk[from] !== sum) return false
    const { words } = this.memory
    for (let at = 0; at < words; at += 1) if (chunk[from + head + at] !== states[start + at]) return false
    return true
  }

  /** Reads the slot where the search for a state begins: whoever reads many waits for the memory once. */
  fetchSlot(sum: number): number {
    return this.table[finalise32(sum) & this.mask]
  }

  /** Reads from the record that the state may have, for the same reason. */
  fetchRecord(sum: number): number {
    const { table, mask } = this
    const hash = finalise32(sum)
    for (let at = hash & mask; table[at] !== 0; at = (at + 1) & mask) {
      if (((table[at] ^ hash) & tagMask) !== 0) continue
      const id = (table[at] & idMask) - 1
      const chunk = this.chunkOf(id)
      const from = this.offsetOf(id)
      return chunk[from] ^ chunk[from + this.stride - 1]
    }
    return 0
  }

  /**
   * Finds the state, or stores it.
   *
   * @param states where its words are, from `start`
   * @param sum its hash (`LinearHash.sumOf`)
   * @param parent id of the state from which it was reached, -1 for an initial one
   * @returns its id, or -1 if the memory is full
   */
  intern(states: Int32Array, start: number, sum: number, parent: number): number {
    const { table, mask } = this
    const hash = finalise32(sum)
    let at = hash & mask
    for (;;) {
      const slot = Atomics.load(table, at)
      if (slot === 0) {
        const id = this.write(states, start, sum, parent)
        if (id < 0) return -1
        if (Atomics.compareExchange(table, at, 0, (hash & tagMask) | (id + 1)) !== 0) continue
        this.nextId += 1
        this.isNew = true
        return id
      }
      if (((slot ^ hash) & tagMask) === 0 && this.holds((slot & idMask) - 1, states, start, sum)) {
        this.isNew = false
        return (slot & idMask) - 1
      }
      at = (at + 1) & mask
    }
  }

  /** Writes a record where the next new state goes; it counts only once a slot of the table names it. */
  private write(states: Int32Array, start: number, sum: number, parent: number): number {
    if (this.nextId === this.blockEnd && !this.takeBlock()) return -1
    const id = this.nextId
    const chunk = this.chunkOf(id)
    const from = this.offsetOf(id)
    chunk[from] = sum
    chunk[from + 1] = parent
    const { words } = this.memory
    for (let at = 0; at < words; at += 1) chunk[from + head + at] = states[start + at]
    return id
  }

  private takeBlock(): boolean {
    this.closeSegment()
    const block = Atomics.add(this.shared, Shared.blocks, 1)
    if (block * blockSize >= this.memory.capacity) {
      Atomics.sub(this.shared, Shared.blocks, 1)
      Atomics.compareExchange(this.shared, Shared.stop, Stop.None, Stop.States)
      return false
    }
    if ((block + 1) * blockSize * 2 > this.mask) Atomics.store(this.shared, Shared.crowded, 1)
    this.nextId = block * blockSize
    this.blockEnd = Math.min(this.nextId + blockSize, this.memory.capacity)
    this.segmentStart = this.nextId
    return true
  }

  /** Lists what this thread has found since it last did. */
  closeSegment(): void {
    if (this.nextId === this.segmentStart) return
    const at = Atomics.add(this.shared, Shared.segments, 1)
    this.setSegment(at, this.segmentStart, this.nextId)
    this.tally.add('states', this.nextId - this.segmentStart)
    this.segmentStart = this.nextId
  }

  private setSegment(at: number, first: number, end: number): void {
    this.segments[at * 2] = first
    this.segments[at * 2 + 1] = end
  }

  /** Exchanges two segments of one level: their order there says nothing. */
  swapSegments(a: number, b: number): void {
    const [first, end] = [this.segmentFirst(a), this.segmentEnd(a)]
    this.setSegment(a, this.segmentFirst(b), this.segmentEnd(b))
    this.setSegment(b, first, end)
  }

  segmentFirst = (at: number): number => this.segments[at * 2]
  segmentEnd = (at: number): number => this.segments[at * 2 + 1]

  /** Visits every state, by id. */
  forEachId(visit: (id: number) => void): void {
    for (let at = 0; at < this.shared[Shared.segments]; at += 1) {
      for (let id = this.segmentFirst(at); id < this.segmentEnd(at); id += 1) visit(id)
    }
  }

  /** Doubles the table until it is a quarter full at the most. Only while every other thread waits. */
  grow(): void {
    const stored = Atomics.load(this.shared, Shared.blocks) * blockSize
    let bits = this.shared[Shared.tableBits]
    while (2 ** bits < stored * 4 && bits < tableBitsFor(this.memory.capacity)) bits += 1
    Atomics.store(this.shared, Shared.tableBits, bits)
    Atomics.store(this.shared, Shared.crowded, 0)
    this.useTable()
    const segments = Atomics.load(this.shared, Shared.segments)
    for (let at = 0; at < segments; at += 1) this.enterSegment(at)
  }

  private enterSegment(at: number): void {
    const { table, mask } = this
    for (let id = this.segmentFirst(at); id < this.segmentEnd(at); id += 1) {
      const hash = finalise32(this.sumOf(id))
      let slot = hash & mask
      while (table[slot] !== 0) slot = (slot + 1) & mask
      table[slot] = (hash & tagMask) | (id + 1)
    }
  }
}
