import { finalise32, mix32 } from '../../checker/packing/hash.js'
import type { State } from '../../model/machine/state.js'
import { type Unseen, unseenOf } from './unseen.js'

/** One run in so many has its states counted: the count then costs no more than three in a hundred of the search. */
const runsPerCounted = 10
/** Runs that must have been counted before anything is said of what they did not reach. */
const fewestRuns = 8
/** No run is counted once so many states are known: 16 MiB of table. */
const maxKnown = 1 << 19
/** Words above which a state is too large to be read at every step. */
const maxWords = 4096

/**
 * Counts in how many runs each state was reached. A run is the unit that is sampled: runs are drawn alike and do not
 * depend on each other, while the states of one run do. States are told apart by 63 bits of hash.
 *
 * @example
 * const census = new Census()
 * searchRandom(simulator, properties, { seed: 1, runs: 500, length: 80, choice: 'biased', census })
 * census.unseen()?.newPerRun
 */
export class Census {
  private words: Int32Array | undefined
  /** Odd factors of each place, for two sums. */
  private factors = new Int32Array(0)
  /** Open addressing: two words of hash, the last run that reached the state and 1, and the number of such runs. */
  private table = new Int32Array(4 << 12)
  private known = 0
  /** How many states exactly one run reached, and exactly two. */
  private once = 0
  private twice = 0
  private made = 0
  private counted = 0
  /** The sum over the counted runs of the states that each reached. */
  private visits = 0

  /** A run begins. @returns whether each of its states is to be added */
  begin(s: State): boolean {
    const isCounted = this.made % runsPerCounted === 0 && this.known < maxKnown && this.canRead(s)
    this.made += 1
    if (isCounted) this.counted += 1
    return isCounted
  }

  private canRead(s: State): boolean {
    if (this.words?.buffer === s.bytes.buffer) return true
    const words = new Int32Array(s.bytes.buffer)
    if (words.length > maxWords) return false
    if (this.words === undefined) this.factors = Int32Array.from({ length: words.length * 2 }, (_, at) => mix32(at) | 1)
    this.words = words
    return true
  }

  /** The present state is reached by the run that began last. */
  add(): void {
    const { words, factors, table } = this
    if (words === undefined) throw new Error('a state is added before a run that is counted begins')
    let low = 0
    let high = 0
    for (let at = 0; at < words.length; at += 1) {
      // The upper half reaches the lower one, or a difference in it alone would stay in the upper half of the sum.
      const word = words[at] ^ (words[at] >>> 16)
      low = (low + Math.imul(word, factors[at * 2])) | 0
      high = (high + Math.imul(word, factors[at * 2 + 1])) | 0
    }
    low = finalise32(low)
    high |= 1
    const mask = table.length - 4
    let at = (low << 2) & mask
    while (table[at + 1] !== 0 && (table[at] !== low || table[at + 1] !== high)) at = (at + 4) & mask
    if (table[at + 2] === this.counted) return
    if (table[at + 1] === 0) {
      table[at] = low
      table[at + 1] = high
      this.known += 1
    }
    table[at + 2] = this.counted
    table[at + 3] += 1
    this.visits += 1
    this.countRuns(table[at + 3])
    if (this.known * 8 > table.length) this.grow()
  }

  private countRuns(runs: number): void {
    if (runs === 1) this.once += 1
    if (runs === 2) {
      this.once -= 1
      this.twice += 1
    }
    if (runs === 3) this.twice -= 1
  }

  private grow(): void {
    const before = this.table
    this.table = new Int32Array(before.length * 2)
    const mask = this.table.length - 4
    for (let from = 0; from < before.length; from += 4) {
      if (before[from + 1] === 0) continue
      let at = (before[from] << 2) & mask
      while (this.table[at + 1] !== 0) at = (at + 4) & mask
      for (let word = 0; word < 4; word += 1) this.table[at + word] = before[from + word]
    }
  }

  /** What the runs so far say of the states that they did not reach; undefined after too few. */
  unseen(): Unseen | undefined {
    const { made, counted, known, once, twice, visits } = this
    return counted < fewestRuns ? undefined : unseenOf({ made, counted, known, once, twice, visits })
  }
}
