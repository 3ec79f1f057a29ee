import type { LinearHash } from './hash.js'

/** Places for successors; the buffer grows when one state has more. */
const initialCapacity = 128

/** Successors buffered before the table is probed: one array per field, one slot per successor. */
export class SuccessorBuffer {
  count = 0
  /** The words of the successors, one state after the other, and their hashes. */
  states: Int32Array
  sums = new Int32Array(initialCapacity)
  /** What was read of the table ahead of the probe. */
  slots = new Int32Array(initialCapacity)
  /** The state from which each step was taken, and which of that state's steps it is. */
  from = new Int32Array(initialCapacity)
  ordinals = new Int32Array(initialCapacity)
  fairnessClasses = new Int32Array(initialCapacity)
  /** Properties that the step fails, and pages that it touched, as bits. */
  failed = new Int32Array(initialCapacity)
  touched = new Int32Array(initialCapacity)

  /** @param length words of a state */
  constructor(private readonly length: number) {
    this.states = new Int32Array(initialCapacity * length)
  }

  /** Copies a step's state, hashes it by what it changed, and puts the state back from which it was taken. */
  take(words: Int32Array, base: Int32Array, baseSum: number, { low, high }: LinearHash): void {
    if (this.count === this.sums.length) this.grow()
    const { states } = this
    const start = this.count * words.length
    let sum = baseSum
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at]
      const before = base[at]
      states[start + at] = word
      if (word === before) continue
      sum = (sum + Math.imul((word - before) | 0, low[at]) + Math.imul((word >>> 16) - (before >>> 16), high[at])) | 0
      words[at] = before
    }
    this.sums[this.count] = sum
  }

  /** Copies a successor out of the buffer. */
  read(at: number, words: Int32Array): void {
    const { states } = this
    const start = at * words.length
    for (let word = 0; word < words.length; word += 1) words[word] = states[start + word]
  }

  private grow(): void {
    const capacity = this.sums.length * 2
    const larger = (old: Int32Array, length = capacity) => {
      const column = new Int32Array(length)
      column.set(old)
      return column
    }
    this.states = larger(this.states, capacity * this.length)
    this.sums = larger(this.sums)
    this.slots = larger(this.slots)
    this.from = larger(this.from)
    this.ordinals = larger(this.ordinals)
    this.fairnessClasses = larger(this.fairnessClasses)
    this.failed = larger(this.failed)
    this.touched = larger(this.touched)
  }
}
