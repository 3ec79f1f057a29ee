/**
 * How many words a loop over a state takes a turn. V8 looks at the kind and the length of a typed array again in each
 * turn, but only once for several words of the same turn: long states take half the time.
 */
export const groupSize = 4

/** Whether a group of words is the same in two arrays, from `at` and from `otherAt`. */
export const sameGroup = (words: Int32Array, at: number, other: Int32Array, otherAt: number): boolean =>
  ((words[at] ^ other[otherAt]) |
    (words[at + 1] ^ other[otherAt + 1]) |
    (words[at + 2] ^ other[otherAt + 2]) |
    (words[at + 3] ^ other[otherAt + 3])) ===
  0

/** Whether `count` words are the same in two arrays, from `at` and from `otherAt`. */
export function sameWords(words: Int32Array, at: number, other: Int32Array, otherAt: number, count: number): boolean {
  let done = 0
  for (; done + groupSize <= count; done += groupSize) {
    if (!sameGroup(words, at + done, other, otherAt + done)) return false
  }
  for (; done < count; done += 1) if (words[at + done] !== other[otherAt + done]) return false
  return true
}

/** Copies `count` words from `at` to `otherAt`. */
export function copyWords(words: Int32Array, at: number, other: Int32Array, otherAt: number, count: number): void {
  let done = 0
  for (; done + groupSize <= count; done += groupSize) {
    other[otherAt + done] = words[at + done]
    other[otherAt + done + 1] = words[at + done + 1]
    other[otherAt + done + 2] = words[at + done + 2]
    other[otherAt + done + 3] = words[at + done + 3]
  }
  for (; done < count; done += 1) other[otherAt + done] = words[at + done]
}

/** Finds where two arrays of one length differ. V8 compares two pairs of words as numbers of 64 bits, without a `BigInt`. */
export class Differences {
  /** The places that were found. */
  readonly places: Int32Array
  private readonly pairs: BigInt64Array
  private readonly otherPairs: BigInt64Array

  constructor(
    private readonly words: Int32Array,
    private readonly other: Int32Array,
  ) {
    this.places = new Int32Array(words.length)
    this.pairs = pairsIn(words)
    this.otherPairs = pairsIn(other)
  }

  /** Lists the places at which the arrays differ now, in their order. @returns how many there are */
  find(): number {
    const { words, other, pairs, otherPairs, places } = this
    let count = 0
    for (let pair = 0; pair < pairs.length; pair += 1) {
      if (pairs[pair] === otherPairs[pair]) continue
      const at = pair << 1
      if (words[at] !== other[at]) places[count++] = at
      if (words[at + 1] !== other[at + 1]) places[count++] = at + 1
    }
    const last = words.length - 1
    if ((last & 1) === 0 && words[last] !== other[last]) places[count++] = last
    return count
  }
}

/** The words of an array two at a time; the last one of an odd number is in none. */
const pairsIn = ({ buffer, byteOffset, length }: Int32Array): BigInt64Array =>
  new BigInt64Array(buffer, byteOffset, length >> 1)
