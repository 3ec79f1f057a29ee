/**
 * Odd factors by place, for the low and the high half of each word: a state's hash is the sum of its halves times
 * their factors, so that a step that changes three words costs six multiplications, wherever they are. The halves
 * apart, since a difference in a word's upper bits alone would reach the upper bits of the sum alone.
 */
export class LinearHash {
  readonly low: Int32Array
  readonly high: Int32Array

  /** @param length words of a state */
  constructor(length: number) {
    this.low = Int32Array.from({ length }, (_, place) => mix32(place * 2) | 1)
    this.high = Int32Array.from({ length }, (_, place) => mix32(place * 2 + 1) | 1)
  }

  /** The hash of all words. */
  sumOf(words: Int32Array): number {
    const { low, high } = this
    let sum = 0
    for (let at = 0; at < words.length; at += 1) {
      sum = (sum + Math.imul(words[at], low[at]) + Math.imul(words[at] >>> 16, high[at])) | 0
    }
    return sum
  }
}

/** A number from which nobody guesses its neighbour's. */
export function mix32(number: number): number {
  let x = Math.imul(number + 1, 0x9e37_79b1)
  x = Math.imul(x ^ (x >>> 15), 0x85eb_ca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35)
  return x ^ (x >>> 16)
}

/** Spreads a sum over all bits, for a place in a table. */
export function finalise32(sum: number): number {
  let x = sum ^ (sum >>> 16)
  x = Math.imul(x, 0x7feb_352d)
  x ^= x >>> 15
  x = Math.imul(x, 0x846c_a68b)
  return x ^ (x >>> 16)
}
