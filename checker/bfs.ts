import { awaitBarrier, Shared, Stop } from './control/barrier.js'
import type { StoreMemory } from './memory/store-memory.js'
import { finalise32 } from './packing/hash.js'
import type { Present } from './packing/packing.js'
import { sumOf } from './packing/word-sums.js'
import { resultOf, type SearchResult } from './result.js'
import { StateStore } from './state-store.js'
import { SuccessorBuffer } from './successor-buffer.js'
import type { SuccessorVisitor, System } from './system.js'

/** Receives the source and the target of a step, and its fairness class (0 for none). */
export type OnEdge = (from: number, to: number, fairnessClass: number) => void

export interface SearchOptions {
  /** Continues after every property is violated, until all states are seen. */
  readonly exhaust: boolean
  /** The search stops after this time; no bound if left out. */
  readonly seconds?: number
  /** The search stops after so many levels, which is all runs of so many actions; no bound if left out. */
  readonly levels?: number
}

interface LocalSearchOptions extends SearchOptions {
  /** Receives each step, in the order of the source states' ids. */
  readonly onEdge?: OnEdge
}

/** Explores a system breadth-first, in this thread. */
export function explore(system: System, memory: StoreMemory, options: LocalSearchOptions): SearchResult {
  const { seconds = Number.POSITIVE_INFINITY, ...rest } = options
  const begun = performance.now()
  const deadline = begun + seconds * 1000
  const search = new SearchThread(system, new StateStore(memory), { threads: 1, deadline, ...rest })
  search.storeInitialState()
  search.run()
  return resultOf(memory, system.properties.length, (performance.now() - begun) / 1000)
}

/** Takes every step of a search that has ended once more, in the order of the source states' ids. */
export function retrace(system: System, store: StateStore, onEdge: OnEdge): void {
  const deadline = Number.POSITIVE_INFINITY
  new SearchThread(system, store, { threads: 1, exhaust: true, deadline, onEdge }).retrace()
}

export interface SearchThreadOptions {
  readonly threads: number
  /** As in `SearchOptions`. */
  readonly exhaust: boolean
  /** Time of `performance.now()`, in milliseconds, at which to stop. */
  readonly deadline: number
  /** As in `SearchOptions`. */
  readonly levels?: number
  /** Receives each step, those of a state together; with one thread, in the order of the source states' ids. */
  readonly onEdge?: OnEdge
  /** Called by one thread, while the others wait, when the search is to be saved. */
  readonly onSave?: () => void
}

/** Successors buffered before the hash table is probed, so that their cache misses overlap. */
const probeBatch = 64

/**
 * One thread of a breadth-first search. The threads share a store of states; each expands the segments of the present
 * level that it takes from it. All threads finish a level before any begins the next, so that the path by which a
 * state was reached first is a shortest one.
 */
export class SearchThread implements SuccessorVisitor {
  private readonly present: Present
  /** The state that is being expanded: its id, its hash, and its successors so far. */
  private from = -1
  private baseSum = 0
  private ordinal = 0
  private readonly buffer: SuccessorBuffer
  private readonly allProperties: number
  private readonly maxLevels: number
  /** The memory was full before all successors of a segment were stored. */
  private isCut = false

  constructor(
    private readonly system: System,
    private readonly store: StateStore,
    private readonly options: SearchThreadOptions,
  ) {
    this.present = system.packing.presentOf(system.words)
    this.buffer = new SuccessorBuffer(system.packing)
    this.maxLevels = options.levels ?? Number.POSITIVE_INFINITY
    this.allProperties = 2 ** system.properties.length - 1
  }

  /** Judges and stores the initial state: one thread does, before any runs. */
  storeInitialState(): void {
    this.report(this.system.writeInitialState(), -1, -1)
    const { words, packed } = this.present
    this.system.packing.pack(words, packed.words, 0)
    const sum = sumOf(words)
    const hash = finalise32(sum)
    this.store.intern(packed, 0, sum, hash, -1, this.store.fetchRecord(hash))
    this.store.closeSegment()
  }

  /** Runs until the search ends; every thread of it calls this. */
  run(): void {
    const { shared } = this.store
    this.awaitOthers()
    while (Atomics.load(shared, Shared.stop) === Stop.None) {
      this.expandSegments()
      this.awaitOthers()
    }
  }

  /** Takes every step of a finished search once more, in the order of the source states' ids. */
  retrace(): void {
    const segments = Array.from({ length: this.store.shared[Shared.segments] }, (_, segment) => segment)
    segments.sort((a, b) => this.store.segmentFirst(a) - this.store.segmentFirst(b))
    for (const segment of segments) this.expandSegment(segment)
  }

  private awaitOthers(): void {
    this.store.closeSegment()
    this.store.counters.addWitnessed(this.system.witnessed)
    awaitBarrier(this.store.shared, this.options.threads, () => this.serialSection())
    this.store.useTable()
  }

  /** One thread runs this while the others wait: a larger table, a checkpoint, and the next level or the end. */
  private serialSection(): void {
    const { shared } = this.store
    if (shared[Shared.tableNeedsGrowth] === 1) this.store.grow()
    if (shared[Shared.save] === 1) this.options.onSave?.()
    shared[Shared.save] = 0
    this.requeueDeferred()
    if (shared[Shared.stop] !== Stop.None || shared[Shared.cursor] < shared[Shared.levelEnd]) return
    const next = shared[Shared.levelEnd]
    shared[Shared.cursor] = next
    shared[Shared.levelEnd] = shared[Shared.segments]
    if (next === shared[Shared.segments]) shared[Shared.stop] = Stop.Complete
    else if (!this.options.exhaust && shared[Shared.violated] === this.allProperties)
      shared[Shared.stop] = Stop.Violated
    else if (shared[Shared.depth] >= this.maxLevels) shared[Shared.stop] = Stop.Levels
    else shared[Shared.depth] += 1
  }

  /** Moves deferred segments to the cursor, so that a search that is resumed expands them first. */
  private requeueDeferred(): void {
    const { shared, counters } = this.store
    if (shared[Shared.cursor] > shared[Shared.levelEnd]) shared[Shared.cursor] = shared[Shared.levelEnd]
    for (const segment of counters.takeDeferred()) {
      shared[Shared.cursor] -= 1
      this.store.swapSegments(segment, shared[Shared.cursor])
    }
  }

  /** Expands segments of the present level until none is left, or until the threads have to meet. */
  private expandSegments(): void {
    const { shared, counters } = this.store
    const isCalled = () => shared[Shared.tableNeedsGrowth] + shared[Shared.save] > 0
    while (!isCalled() && Atomics.load(shared, Shared.stop) === Stop.None) {
      if (performance.now() > this.options.deadline) {
        Atomics.compareExchange(shared, Shared.stop, Stop.None, Stop.Time)
        return
      }
      if (Atomics.load(shared, Shared.cursor) >= shared[Shared.levelEnd]) return
      const segment = Atomics.add(shared, Shared.cursor, 1)
      if (segment >= shared[Shared.levelEnd]) return
      const transitions = this.expandSegment(segment)
      if (this.isCut) {
        counters.deferSegment(segment)
        return
      }
      counters.add('expanded', this.store.segmentEnd(segment) - this.store.segmentFirst(segment))
      counters.add('transitions', transitions)
    }
  }

  /** @returns how many transitions leave its states */
  private expandSegment(segment: number): number {
    const end = this.store.segmentEnd(segment)
    let transitions = 0
    const { words, base, packed } = this.present
    for (const form of [words, base, packed.words]) form.fill(0)
    for (let id = this.store.segmentFirst(segment); id < end; id += 1) {
      this.expand(id)
      transitions += this.ordinal
      if (this.buffer.count >= probeBatch) this.storeBuffered()
    }
    this.storeBuffered()
    return transitions
  }

  private expand(id: number): void {
    this.store.move(this.present, id)
    this.baseSum = this.store.sumOf(id)
    this.from = id
    this.ordinal = 0
    this.system.forEachSuccessor(this)
  }

  /** Buffers one successor of the state that is being expanded. */
  successor(failed: number, fairnessClass: number, touched: number): void {
    const { buffer } = this
    buffer.take(this.present, this.baseSum)
    const at = buffer.count
    buffer.from[at] = this.from
    buffer.ordinals[at] = this.ordinal
    buffer.fairnessClasses[at] = fairnessClass
    buffer.failed[at] = failed
    buffer.touched[at] = touched
    buffer.count = at + 1
    this.ordinal += 1
  }

  /** Stores all buffered successors; the first two loops only bring the table and the records into the cache. */
  private storeBuffered(): void {
    const { store, buffer } = this
    const { count, hashes, slots } = buffer
    for (let at = 0; at < count; at += 1) slots[at] = store.fetchSlot(hashes[at])
    for (let at = 0; at < count; at += 1) slots[at] = store.fetchRecord(hashes[at])
    for (let at = 0; at < count; at += 1) this.storeSuccessor(at)
    buffer.count = 0
  }

  private storeSuccessor(at: number): void {
    const { store, buffer } = this
    const from = buffer.from[at]
    const start = at * this.system.packing.stride
    const id = store.intern(buffer.states, start, buffer.sums[at], buffer.hashes[at], from, buffer.slots[at])
    let failed = buffer.failed[at]
    if (id < 0) this.isCut = true
    else if (store.isNew) failed |= this.judgeNew(at)
    if (failed !== 0) this.report(failed, from, buffer.ordinals[at])
    this.options.onEdge?.(from, id, buffer.fairnessClasses[at])
  }

  private judgeNew(at: number): number {
    this.buffer.move(this.present, at)
    return this.system.judge(this.buffer.touched[at])
  }

  /** Records the first failure of each property; all threads agree on which is first by `Atomics.or`. */
  private report(failed: number, from: number, ordinal: number): void {
    const { shared, counters } = this.store
    const known = Atomics.or(shared, Shared.violated, failed)
    for (let property = 0; failed >>> property !== 0; property += 1) {
      if ((((failed & ~known) >>> property) & 1) === 0) continue
      counters.recordFailure({ property, from, ordinal, depth: shared[Shared.depth] })
    }
  }
}
