import { finalise32 } from './packing/hash.js'
import type { Packing, Present } from './packing/packing.js'
import { WideWords } from './packing/wide-words.js'

/** Places for successors; the buffer grows when one state has more. */
const initialCapacity = 128

/** Successors buffered before the table is probed: one array per field, one slot per successor. */
export class SuccessorBuffer {
  count = 0
  /** The successors, packed, one after the other, their sums (`sumOf`), and the hashes of these. */
  states: WideWords
  sums = new Int32Array(initialCapacity)
  hashes = new Int32Array(initialCapacity)
  /** What was read of the table ahead of the probe, then the slot where the probe begins. */
  slots = new Int32Array(initialCapacity)
  /** The state from which each step was taken, and which of that state's steps it is. */
  from = new Int32Array(initialCapacity)
  ordinals = new Int32Array(initialCapacity)
  fairnessClasses = new Int32Array(initialCapacity)
  /** Properties that the step fails, and pages that it touched, as bits. */
  failed = new Int32Array(initialCapacity)
  touched = new Int32Array(initialCapacity)

  constructor(private readonly packing: Packing) {
    this.states = new WideWords(new Int32Array(initialCapacity * packing.stride))
  }

  /**
   * Packs a step's state and hashes it by what the step changed, and puts the state back from which it was taken.
   *
   * @param baseSum the sum of that state
   */
  take(present: Present, baseSum: number): void {
    if (this.count === this.sums.length) this.grow()
    const { packing, states, count } = this
    const sum = packing.take(present, states, count * packing.stride, baseSum)
    this.sums[count] = sum
    this.hashes[count] = finalise32(sum)
  }

  /** Brings the present state to a successor. */
  move(present: Present, at: number): void {
    this.packing.move(present, this.states, at * this.packing.stride)
  }

  private grow(): void {
    const capacity = this.sums.length * 2
    const larger = (old: Int32Array, length = capacity) => {
      const column = new Int32Array(length)
      column.set(old)
      return column
    }
    this.states = new WideWords(larger(this.states.words, capacity * this.packing.stride))
    this.sums = larger(this.sums)
    this.hashes = larger(this.hashes)
    this.slots = larger(this.slots)
    this.from = larger(this.from)
    this.ordinals = larger(this.ordinals)
    this.fairnessClasses = larger(this.fairnessClasses)
    this.failed = larger(this.failed)
    this.touched = larger(this.touched)
  }
}
