import { awaitBarrier, Shared, Stop } from './barrier.js'
import { LinearHash } from './hash.js'
import type { StateStore } from './state-store.js'
import { SuccessorBuffer } from './successor-buffer.js'
import type { System, Visitor } from './system.js'

export interface ExplorerOptions {
  readonly threads: number
  /** Goes on when every property is violated, until all states are seen. */
  readonly exhaust: boolean
  /** Time of `performance.now()` at which to stop. */
  readonly deadline: number
  /** Is told of each step, those of a state together; with one thread, the states come in the order of their ids. */
  readonly onEdge?: OnEdge
  /** Called by one thread, while the others wait, when the search is to be saved. */
  readonly onSave?: () => void
}

/** Is told each step's source and target, and the duty that it fulfils. */
export type OnEdge = (from: number, to: number, duty: number) => void

/** Steps that are worth a look at the table: what one look waits for, all of them wait for together. */
const enough = 64

/**
 * One thread of a breadth-first search: expands the states of each level that it gets hold of. The steps of several
 * states are taken first and looked up afterwards, so that the processor waits for the memory of all of them at once.
 */
export class Explorer implements Visitor {
  private readonly words: Int32Array
  private readonly base: Int32Array
  private baseSum = 0
  private readonly factors: LinearHash
  private from = -1
  private ordinal = 0
  private readonly batch: SuccessorBuffer
  private readonly everything: number
  /** The memory was full before all steps of a segment were looked up. */
  private isCut = false

  constructor(
    private readonly system: System,
    private readonly store: StateStore,
    private readonly options: ExplorerOptions,
  ) {
    this.words = system.words
    this.base = new Int32Array(system.words.length)
    this.batch = new SuccessorBuffer(system.words.length)
    this.factors = new LinearHash(system.words.length)
    this.everything = 2 ** system.properties.length - 1
  }

  /** Judges and stores the initial state: one thread does, before any runs. */
  begin(): void {
    this.report(this.system.start(), -1, -1)
    this.store.intern(this.words, 0, this.factors.sumOf(this.words), -1)
    this.store.closeSegment()
  }

  /** Runs until the search ends; every thread of it calls this. */
  run(): void {
    const { shared } = this.store
    this.meet()
    while (Atomics.load(shared, Shared.stop) === Stop.None) {
      this.work()
      this.meet()
    }
  }

  /** Takes every step of a finished search once more, in the order of the states' ids. */
  retrace(): void {
    const segments = Array.from({ length: this.store.shared[Shared.segments] }, (_, segment) => segment)
    segments.sort((a, b) => this.store.segmentFirst(a) - this.store.segmentFirst(b))
    for (const segment of segments) this.expandSegment(segment)
  }

  private meet(): void {
    this.store.closeSegment()
    this.store.tally.addSeen(this.system.seen)
    awaitBarrier(this.store.shared, this.options.threads, () => this.alone())
    this.store.useTable()
  }

  /** What one thread does while the others wait: a larger table, the next level, or the end. */
  private alone(): void {
    const { shared } = this.store
    if (shared[Shared.crowded] === 1) this.store.grow()
    if (shared[Shared.save] === 1) this.options.onSave?.()
    shared[Shared.save] = 0
    this.putBack()
    if (shared[Shared.stop] !== Stop.None || shared[Shared.cursor] < shared[Shared.levelEnd]) return
    const next = shared[Shared.levelEnd]
    shared[Shared.cursor] = next
    shared[Shared.levelEnd] = shared[Shared.segments]
    if (next === shared[Shared.segments]) shared[Shared.stop] = Stop.Complete
    else if (!this.options.exhaust && shared[Shared.violated] === this.everything) shared[Shared.stop] = Stop.Violated
    else shared[Shared.depth] += 1
  }

  /** Puts segments that were cut short behind those that are done: they come first when the search goes on. */
  private putBack(): void {
    const { shared, tally } = this.store
    if (shared[Shared.cursor] > shared[Shared.levelEnd]) shared[Shared.cursor] = shared[Shared.levelEnd]
    for (const segment of tally.takeDeferred()) {
      shared[Shared.cursor] -= 1
      this.store.swapSegments(segment, shared[Shared.cursor])
    }
  }

  private work(): void {
    const { shared } = this.store
    while (shared[Shared.crowded] + shared[Shared.save] === 0 && Atomics.load(shared, Shared.stop) === Stop.None) {
      if (performance.now() > this.options.deadline) {
        Atomics.compareExchange(shared, Shared.stop, Stop.None, Stop.Time)
        return
      }
      if (Atomics.load(shared, Shared.cursor) >= shared[Shared.levelEnd]) return
      const segment = Atomics.add(shared, Shared.cursor, 1)
      if (segment >= shared[Shared.levelEnd]) return
      const steps = this.expandSegment(segment)
      if (this.isCut) {
        this.store.tally.deferSegment(segment)
        return
      }
      this.store.tally.add('expanded', this.store.segmentEnd(segment) - this.store.segmentFirst(segment))
      this.store.tally.add('transitions', steps)
    }
  }

  /** @returns how many steps its states have */
  private expandSegment(segment: number): number {
    const end = this.store.segmentEnd(segment)
    let steps = 0
    for (let id = this.store.segmentFirst(segment); id < end; id += 1) {
      this.expand(id)
      steps += this.ordinal
      if (this.batch.count >= enough) this.lookUp()
    }
    this.lookUp()
    return steps
  }

  private expand(id: number): void {
    const { words, base } = this
    this.store.read(id, words)
    for (let at = 0; at < words.length; at += 1) base[at] = words[at]
    this.baseSum = this.store.sumOf(id)
    this.from = id
    this.ordinal = 0
    this.system.expand(this)
  }

  step(failed: number, duty: number, touched: number): void {
    const { batch } = this
    batch.take(this.words, this.base, this.baseSum, this.factors)
    const step = batch.count
    batch.from[step] = this.from
    batch.ordinals[step] = this.ordinal
    batch.duties[step] = duty
    batch.failed[step] = failed
    batch.touched[step] = touched
    batch.count = step + 1
    this.ordinal += 1
  }

  private lookUp(): void {
    const { store, batch } = this
    const { count, sums, slots } = batch
    for (let step = 0; step < count; step += 1) slots[step] = store.fetchSlot(sums[step])
    for (let step = 0; step < count; step += 1) slots[step] = store.fetchRecord(sums[step])
    for (let step = 0; step < count; step += 1) this.enter(step)
    batch.count = 0
  }

  private enter(step: number): void {
    const { store, batch } = this
    const from = batch.from[step]
    const id = store.intern(batch.states, step * this.words.length, batch.sums[step], from)
    let failed = batch.failed[step]
    if (id < 0) this.isCut = true
    else if (store.isNew) failed |= this.judge(step)
    if (failed !== 0) this.report(failed, from, batch.ordinals[step])
    this.options.onEdge?.(from, id, batch.duties[step])
  }

  private judge(step: number): number {
    this.batch.read(step, this.words)
    return this.system.judge(this.batch.touched[step])
  }

  private report(failed: number, from: number, ordinal: number): void {
    const { shared, tally } = this.store
    const known = Atomics.or(shared, Shared.violated, failed)
    for (let property = 0; failed >>> property !== 0; property += 1) {
      if ((((failed & ~known) >>> property) & 1) === 0) continue
      tally.keep({ property, from, ordinal, depth: shared[Shared.depth] })
    }
  }
}
