import { meet, Shared, Stop } from './control.js'
import { mixed, sumOf } from './hash.js'
import type { Store } from './store.js'
import type { System, Visitor } from './system.js'

export interface ExplorerOptions {
  readonly threads: number
  /** Goes on when every property is violated, until all states are seen. */
  readonly exhaust: boolean
  /** Time of `performance.now()` at which to stop. */
  readonly deadline: number
  /** Called by one thread, while the others wait, when the search is to be saved. */
  readonly onSave?: () => void
}

/** Is told each step's source and target, and the duty that it fulfils. */
export type OnEdge = (from: number, to: number, duty: number) => void

/** Steps of one state that are kept until all of them are known; more make the room larger. */
const usualSteps = 64

/**
 * One thread of a breadth-first search: expands the states of each level that it gets hold of. All steps of a state
 * are taken first and looked up afterwards, so that the processor waits for the table's memory only once.
 */
export class Explorer implements Visitor {
  private readonly words: Int32Array
  private readonly base: Int32Array
  private baseSum = 0
  private from = -1
  private steps = 0
  /** States that the steps led to, their hashes, slots, duties and the properties that each step failed. */
  private states: Int32Array
  private sums = new Int32Array(usualSteps)
  private slots = new Int32Array(usualSteps)
  private duties = new Int32Array(usualSteps)
  private failed = new Int32Array(usualSteps)
  private readonly everything: number
  private onEdge: OnEdge | undefined
  /** The memory was full before all steps of a segment were looked up. */
  private isCut = false

  constructor(
    private readonly system: System,
    private readonly store: Store,
    private readonly options: ExplorerOptions,
  ) {
    this.words = system.words
    this.base = new Int32Array(system.words.length)
    this.states = new Int32Array(usualSteps * system.words.length)
    this.everything = 2 ** system.properties.length - 1
  }

  /** Judges and stores the initial state: one thread does, before any runs. */
  begin(): void {
    this.report(this.system.start(), -1)
    this.store.intern(this.words, 0, sumOf(this.words), -1)
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
  retrace(onEdge: OnEdge): void {
    this.onEdge = onEdge
    const segments = Array.from({ length: this.store.shared[Shared.segments] }, (_, segment) => segment)
    segments.sort((a, b) => this.store.segmentFirst(a) - this.store.segmentFirst(b))
    for (const segment of segments) this.expandSegment(segment)
  }

  private meet(): void {
    this.store.closeSegment()
    this.store.tally.addSeen(this.system.seen)
    meet(this.store.shared, this.options.threads, () => this.alone())
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
    for (const segment of tally.takeLeft()) {
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
        this.store.tally.leave(segment)
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
    for (let id = this.store.segmentFirst(segment); id < end; id += 1) steps += this.expand(id)
    return steps
  }

  private expand(id: number): number {
    const { words, base } = this
    this.store.read(id, words)
    for (let at = 0; at < words.length; at += 1) base[at] = words[at]
    this.baseSum = this.store.sumOf(id)
    this.from = id
    this.steps = 0
    this.system.expand(this)
    this.lookUp()
    return this.steps
  }

  step(failed: number, duty: number): void {
    const { words, base } = this
    if (this.steps === this.sums.length) this.makeRoom()
    const { steps, states } = this
    const start = steps * words.length
    let sum = this.baseSum
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at]
      const before = base[at]
      states[start + at] = word
      if (word === before) continue
      sum = (sum + mixed(word, at) - mixed(before, at)) | 0
      words[at] = before
    }
    this.sums[steps] = sum
    this.slots[steps] = this.store.fetchSlot(sum)
    this.duties[steps] = duty
    this.failed[steps] = failed
    this.steps = steps + 1
  }

  private makeRoom(): void {
    const larger = (old: Int32Array) => {
      const room = new Int32Array(old.length * 2)
      room.set(old)
      return room
    }
    this.states = larger(this.states)
    this.sums = larger(this.sums)
    this.slots = larger(this.slots)
    this.duties = larger(this.duties)
    this.failed = larger(this.failed)
  }

  private lookUp(): void {
    const { store, slots, sums, failed, states, steps } = this
    const { length } = this.words
    for (let ordinal = 0; ordinal < steps; ordinal += 1) slots[ordinal] = store.fetchRecord(slots[ordinal])
    for (let ordinal = 0; ordinal < steps; ordinal += 1) {
      const id = store.intern(states, ordinal * length, sums[ordinal], this.from)
      if (id < 0) this.isCut = true
      else if (store.isNew) failed[ordinal] |= this.judge(ordinal)
      if (failed[ordinal] !== 0) this.report(failed[ordinal], ordinal)
      this.onEdge?.(this.from, id, this.duties[ordinal])
    }
  }

  private judge(ordinal: number): number {
    const { words, states } = this
    const start = ordinal * words.length
    for (let at = 0; at < words.length; at += 1) words[at] = states[start + at]
    return this.system.judge(ordinal)
  }

  private report(failed: number, ordinal: number): void {
    const { shared, tally } = this.store
    const known = Atomics.or(shared, Shared.violated, failed)
    for (let property = 0; failed >>> property !== 0; property += 1) {
      if ((((failed & ~known) >>> property) & 1) === 0) continue
      tally.keep({ property, from: this.from, ordinal, depth: shared[Shared.depth] })
    }
  }
}
