import { finalise32, type LinearHash } from './hash.js'
import { beyond, type Packing, type Present, wordBits } from './packing.js'

/** Places for successors; the buffer grows when one state has more. */
const initialCapacity = 128

/**
 * Successors buffered before the table is probed: one array per field, one slot per successor. A step changes few
 * words, so the buffer holds each state from which steps were taken, packed, and of a successor only what differs.
 */
export class SuccessorBuffer {
  count = 0
  /** The states from which steps were taken, packed, one after the other. */
  states: Int32Array
  /** Where in `states` the state begins from which each step was taken. */
  starts = new Int32Array(initialCapacity)
  /** The sums of the successors (`LinearHash`), and the hashes of these. */
  sums = new Int32Array(initialCapacity)
  hashes = new Int32Array(initialCapacity)
  /** What was read of the table ahead of the probe. */
  slots = new Int32Array(initialCapacity)
  /** The id of the state from which each step was taken, and which of that state's steps it is. */
  from = new Int32Array(initialCapacity)
  ordinals = new Int32Array(initialCapacity)
  fairnessClasses = new Int32Array(initialCapacity)
  /** Properties that the step fails, and pages that it touched, as bits. */
  failed = new Int32Array(initialCapacity)
  touched = new Int32Array(initialCapacity)
  /** Where the differences of each successor end, which begin where those of the one before end. */
  private ends = new Int32Array(initialCapacity)
  /** The differences: a place in `states`, and which bits of it differ. */
  private places: Int32Array
  private bits: Int32Array
  /** Where the next state is put, and the last one begins. */
  private nextStart = 0
  private start = 0

  constructor(private readonly packing: Packing) {
    this.states = new Int32Array(initialCapacity * packing.length)
    this.places = new Int32Array(initialCapacity * packing.targets.length)
    this.bits = new Int32Array(initialCapacity * packing.targets.length)
  }

  /** Begins with the steps from a state. */
  begin(packed: Int32Array): void {
    if (this.nextStart === this.states.length) this.states = larger(this.states)
    this.start = this.nextStart
    this.nextStart += packed.length
    const { states, start } = this
    for (let at = 0; at < packed.length; at += 1) states[start + at] = packed[at]
  }

  /**
   * Takes what a step has changed in the present state, and puts that state back. The loop is written without calls
   * (`Packing.difference`): V8 does not inline them this deep, and the search would be a tenth slower.
   *
   * @param baseSum the sum of the state as it was
   */
  take({ words, base }: Present, baseSum: number, { low, high }: LinearHash): void {
    if (this.count === this.sums.length) this.grow()
    const { count, packing, places, bits, start } = this
    const { targets, turns, masks } = packing
    let end = count === 0 ? 0 : this.ends[count - 1]
    let sum = baseSum
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at]
      const before = base[at]
      if (word === before) continue
      words[at] = before
      if ((word & ~masks[at]) !== 0) throw new Error(beyond(at, word))
      const differing = word ^ before
      const turn = turns[at]
      places[end] = start + targets[at]
      bits[end] = (differing << turn) | (differing >>> (wordBits - turn))
      end += 1
      sum = (sum + Math.imul((word - before) | 0, low[at]) + Math.imul((word >>> 16) - (before >>> 16), high[at])) | 0
    }
    this.starts[count] = start
    this.ends[count] = end
    this.sums[count] = sum
    this.hashes[count] = finalise32(sum)
  }

  /**
   * Makes a successor of the state in `states` from which it was reached; asked again, makes that state of it again.
   *
   * @returns where in `states` it begins
   */
  toggle(at: number): number {
    const { states, places, bits, ends } = this
    for (let one = at === 0 ? 0 : ends[at - 1]; one < ends[at]; one += 1) states[places[one]] ^= bits[one]
    return this.starts[at]
  }

  clear(): void {
    this.count = 0
    this.nextStart = 0
  }

  private grow(): void {
    this.starts = larger(this.starts)
    this.sums = larger(this.sums)
    this.hashes = larger(this.hashes)
    this.slots = larger(this.slots)
    this.from = larger(this.from)
    this.ordinals = larger(this.ordinals)
    this.fairnessClasses = larger(this.fairnessClasses)
    this.failed = larger(this.failed)
    this.touched = larger(this.touched)
    this.ends = larger(this.ends)
    this.places = larger(this.places)
    this.bits = larger(this.bits)
  }
}

function larger(old: Int32Array): Int32Array<ArrayBuffer> {
  const column = new Int32Array(old.length * 2)
  column.set(old)
  return column
}
