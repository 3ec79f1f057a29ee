import { Shared, Stop } from './control/barrier.js'
import { Counters } from './control/counters.js'
import { PairStore, PairTrees } from './memory/pair-store.js'
import {
  blockSize,
  chunkBits,
  chunkMask,
  idBits,
  type StoreMemory,
  slotsPerState,
  strideOf,
  tableBitsFor,
  tableSlots,
} from './memory/store-memory.js'
import { type TableSlots, tableSlotsOf } from './memory/table-slots.js'
import { finalise32 } from './packing/hash.js'
import { headWords, type Packing, type Present } from './packing/packing.js'
import { packingOf } from './packing/packing-of.js'
import { WideWords } from './packing/wide-words.js'

/** One thread's view of the states of a search: each is stored once, in full, with the id of its parent. */
export class StateStore {
  readonly shared: Int32Array
  readonly counters: Counters
  /** Whether the last state interned was new. */
  isNew = false
  /** What was read of a record ahead of its comparison: a read that nothing uses is left out by V8. */
  fetched = 0
  readonly packing: Packing
  private readonly stride: number
  private readonly chunks: WideWords[] = []
  private readonly segments: Int32Array
  private table!: Int32Array
  private slots!: TableSlots
  /** Of the states of a segment that is entered into a larger table. */
  private readonly entered = { hashes: new Int32Array(blockSize), firsts: new Int32Array(blockSize) }
  private nextId = 0
  private blockEnd = 0
  private segmentStart = 0
  private readonly trees: PairTrees | undefined
  private readonly idMask: number
  private readonly slotsPerState: number

  constructor(private readonly memory: StoreMemory) {
    this.shared = new Int32Array(memory.shared)
    this.counters = new Counters(memory.counters)
    this.packing = packingOf(memory.bits)
    this.stride = strideOf(memory.stored)
    const { pairs, words } = memory
    this.trees = pairs && new PairTrees(new PairStore(pairs, this.shared), words)
    this.idMask = (1 << (pairs === undefined ? idBits.full : idBits.compressed)) - 1
    this.slotsPerState = pairs === undefined ? slotsPerState.full : slotsPerState.compressed
    this.segments = new Int32Array(memory.segments)
    this.useTable()
  }

  /** Uses the table of the present size; called after each barrier, where the table may have grown. */
  useTable(): void {
    const slots = tableSlots(Atomics.load(this.shared, Shared.tableBits), this.memory)
    this.slots = tableSlotsOf(slots)
    this.trees?.pairs.useTable()
    this.table = new Int32Array(this.memory.table, this.trees === undefined ? slots * 4 : 0, slots)
  }

  /** Where a record begins in its chunk (`chunkOf`). */
  private offsetOf(id: number): number {
    return (id & chunkMask) * this.stride
  }

  private chunkOf(id: number): WideWords {
    const at = id >>> chunkBits
    return this.chunks[at] ?? this.openChunk(at)
  }

  private openChunk(at: number): WideWords {
    const length = (chunkMask + 1) * this.stride
    while (this.chunks.length <= at) {
      const next = this.chunks.length
      this.chunks.push(new WideWords(new Int32Array(this.memory.records, next * length * 4, length)))
    }
    return this.chunks[at]
  }

  parentOf(id: number): number {
    return this.chunkOf(id).words[this.offsetOf(id) + 1]
  }

  sumOf(id: number): number {
    return this.chunkOf(id).words[this.offsetOf(id)]
  }

  /** Reads a stored state. */
  read(id: number, words: Int32Array): void {
    const { trees, packing } = this
    const chunk = this.chunkOf(id)
    const from = this.offsetOf(id) + headWords
    if (trees === undefined) packing.unpack(chunk.words, from, words)
    else packing.unpack(trees.unfold(chunk.words, from).words, 0, words)
  }

  /** Brings the present state of a search to a stored one. */
  move(present: Present, id: number): void {
    const { trees, packing } = this
    const chunk = this.chunkOf(id)
    const from = this.offsetOf(id) + headWords
    if (trees === undefined) packing.move(present, chunk, from)
    else packing.move(present, trees.unfold(chunk.words, from), 0)
  }

  private holds(id: number, states: WideWords, start: number, sum: number): boolean {
    const chunk = this.chunks[id >>> chunkBits] ?? this.openChunk(id >>> chunkBits)
    const from = (id & chunkMask) * this.stride
    if (chunk.words[from] !== sum) return false
    const { trees, packing } = this
    if (trees === undefined) return packing.isSame(states, start, chunk, from + headWords)
    return packing.isSame(states, start, trees.unfold(chunk.words, from + headWords), 0)
  }

  /** Reads the slot where the probe for a state begins. Read for many states in turn, their cache misses overlap. */
  fetchSlot(hash: number): number {
    return this.table[this.slots.first(hash)]
  }

  /**
   * Reads the first and the last word of the record that the state may have, for the same reason.
   *
   * @returns the first slot that may be the state's: it is free, or names that record. No slot before it will be, since
   * a slot that names a state keeps it while the table has its size
   */
  fetchRecord(hash: number): number {
    const { table, slots, idMask } = this
    let at = slots.first(hash)
    for (; table[at] !== 0; at = slots.after(at)) {
      if (((table[at] ^ hash) & ~idMask) !== 0) continue
      const id = (table[at] & idMask) - 1
      const chunk = this.chunkOf(id).words
      const from = this.offsetOf(id)
      this.fetched = chunk[from] ^ chunk[from + this.stride - 1]
      break
    }
    return at
  }

  /**
   * Finds the state, or stores it.
   *
   * @param states where it is packed, from `start`, which is even
   * @param sum its sum (`sumOf`), of which `hash` is the hash (`finalise32`)
   * @param parent id of the state from which it was reached, -1 for an initial one
   * @param first slot that may be its own (`fetchRecord`)
   * @returns its id, or -1 if the memory is full
   */
  intern(states: WideWords, start: number, sum: number, hash: number, parent: number, first: number): number {
    const { table, slots, idMask } = this
    let at = first
    for (;;) {
      const slot = Atomics.load(table, at)
      if (slot === 0) {
        const id = this.write(states, start, sum, parent)
        if (id < 0) return -1
        if (Atomics.compareExchange(table, at, 0, (hash & ~idMask) | (id + 1)) !== 0) continue
        this.nextId += 1
        this.isNew = true
        return id
      }
      if (((slot ^ hash) & ~idMask) === 0 && this.holds((slot & idMask) - 1, states, start, sum)) {
        this.isNew = false
        return (slot & idMask) - 1
      }
      at = slots.after(at)
    }
  }

  /** Writes a record at the next free id; the state is stored once a slot of the table names the id. */
  private write(states: WideWords, start: number, sum: number, parent: number): number {
    if (this.nextId === this.blockEnd && !this.takeBlock()) return -1
    const id = this.nextId
    const chunk = this.chunkOf(id)
    const from = this.offsetOf(id)
    const into = from + headWords
    chunk.words[from] = sum
    chunk.words[from + 1] = parent
    if (this.trees !== undefined) return this.trees.fold(states.words, start, chunk.words, into) ? id : this.full()
    this.packing.copy(states, start, chunk, into)
    return id
  }

  /** There is no room for another state. */
  private full(): number {
    Atomics.compareExchange(this.shared, Shared.stop, Stop.None, Stop.States)
    return -1
  }

  private takeBlock(): boolean {
    this.closeSegment()
    const block = Atomics.add(this.shared, Shared.blocks, 1)
    if (block * blockSize >= this.memory.capacity) {
      Atomics.sub(this.shared, Shared.blocks, 1)
      return this.full() >= 0
    }
    if ((block + 1) * blockSize * this.slotsPerState > this.slots.last)
      Atomics.store(this.shared, Shared.tableNeedsGrowth, 1)
    this.nextId = block * blockSize
    this.blockEnd = Math.min(this.nextId + blockSize, this.memory.capacity)
    this.segmentStart = this.nextId
    return true
  }

  /** Lists the states that this thread has stored since its last segment. */
  closeSegment(): void {
    this.trees?.pairs.close()
    if (this.nextId === this.segmentStart) return
    const at = Atomics.add(this.shared, Shared.segments, 1)
    this.setSegment(at, this.segmentStart, this.nextId)
    this.counters.add('states', this.nextId - this.segmentStart)
    this.segmentStart = this.nextId
  }

  private setSegment(at: number, first: number, end: number): void {
    this.segments[at * 2] = first
    this.segments[at * 2 + 1] = end
  }

  /** Exchanges two segments of one level, whose order within the level has no meaning. */
  swapSegments(a: number, b: number): void {
    const [first, end] = [this.segmentFirst(a), this.segmentEnd(a)]
    this.setSegment(a, this.segmentFirst(b), this.segmentEnd(b))
    this.setSegment(b, first, end)
  }

  segmentFirst(at: number): number {
    return this.segments[at * 2]
  }

  segmentEnd(at: number): number {
    return this.segments[at * 2 + 1]
  }

  /** Visits every state, by id. */
  forEachId(visit: (id: number) => void): void {
    for (let at = 0; at < this.shared[Shared.segments]; at += 1) {
      for (let id = this.segmentFirst(at); id < this.segmentEnd(at); id += 1) visit(id)
    }
  }

  /** Doubles the tables until they are at most half as full as they may be. Only while every other thread waits. */
  grow(): void {
    const room = this.slotsPerState
    const stored = Atomics.load(this.shared, Shared.blocks) * blockSize
    let bits = this.shared[Shared.tableBits]
    while (2 ** bits < stored * room * 2 && bits < tableBitsFor(this.memory.capacity, room)) bits += 1
    Atomics.store(this.shared, Shared.tableBits, bits)
    Atomics.store(this.shared, Shared.tableNeedsGrowth, 0)
    this.useTable()
    if (this.trees !== undefined) {
      this.table.fill(0)
      this.trees.pairs.grow()
    }
    const segments = Atomics.load(this.shared, Shared.segments)
    for (let at = 0; at < segments; at += 1) this.enterSegment(at)
  }

  /** Enters a segment into the table. Its slots are read before any is written, so that their cache misses overlap. */
  private enterSegment(at: number, { hashes, firsts } = this.entered): void {
    const { table, slots, idMask } = this
    const first = this.segmentFirst(at)
    const count = this.segmentEnd(at) - first
    for (let index = 0; index < count; index += 1) hashes[index] = finalise32(this.sumOf(first + index))
    for (let index = 0; index < count; index += 1) firsts[index] = table[slots.first(hashes[index])]
    for (let index = 0; index < count; index += 1) {
      const hash = hashes[index]
      let slot = slots.first(hash)
      while (table[slot] !== 0) slot = slots.after(slot)
      table[slot] = (hash & ~idMask) | (first + index + 1)
    }
  }
}
