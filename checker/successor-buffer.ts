import type { LinearHash } from './hash.js'

/** Room for steps; it grows when the steps of one state need more. */
const defaultRoom = 128

/** Steps that have been taken and are not looked up yet: a column a field, one place a step. */
export class SuccessorBuffer {
  count = 0
  /** The words of the states to which the steps led, one state after the other, and their hashes. */
  states: Int32Array
  sums = new Int32Array(defaultRoom)
  /** What was read of the table ahead of the look-up. */
  slots = new Int32Array(defaultRoom)
  /** The state from which each step was taken, and which of that state's steps it is. */
  from = new Int32Array(defaultRoom)
  ordinals = new Int32Array(defaultRoom)
  duties = new Int32Array(defaultRoom)
  /** Properties that the step fails, and pages that it touched, as bits. */
  failed = new Int32Array(defaultRoom)
  touched = new Int32Array(defaultRoom)

  /** @param length words of a state */
  constructor(private readonly length: number) {
    this.states = new Int32Array(defaultRoom * length)
  }

  /** Copies a step's state, hashes it by what it changed, and puts the state back from which it was taken. */
  take(words: Int32Array, base: Int32Array, baseSum: number, { low, high }: LinearHash): void {
    if (this.count === this.sums.length) this.makeRoom()
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

  /** Copies the state of a step back. */
  read(step: number, words: Int32Array): void {
    const { states } = this
    const start = step * words.length
    for (let at = 0; at < words.length; at += 1) words[at] = states[start + at]
  }

  private makeRoom(): void {
    const room = this.sums.length * 2
    const larger = (old: Int32Array, length = room) => {
      const column = new Int32Array(length)
      column.set(old)
      return column
    }
    this.states = larger(this.states, room * this.length)
    this.sums = larger(this.sums)
    this.slots = larger(this.slots)
    this.from = larger(this.from)
    this.ordinals = larger(this.ordinals)
    this.duties = larger(this.duties)
    this.failed = larger(this.failed)
    this.touched = larger(this.touched)
  }
}
