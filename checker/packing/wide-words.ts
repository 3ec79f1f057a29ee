// Words and wide words have functions of their own, so that V8 sees one kind of array in each.

/** Words of 4 bytes, rounded up to whole words of 8. */
export const evenly = (words: number): number => (words + 1) & ~1

/**
 * Words of 4 bytes, and the same memory as words of 8. V8 compares and copies elements of a `BigInt64Array` without
 * making a `BigInt` of them, so that loops over states take about half the time.
 */
export class WideWords {
  /** Whole words of 8 bytes: the last one of an odd number of words is in none. */
  readonly wide: BigInt64Array

  constructor(readonly words: Int32Array) {
    this.wide = new BigInt64Array(words.buffer, words.byteOffset, words.length >> 1)
  }
}

/** Whether `count` words are the same in two arrays, from `at` and from `otherAt`. */
export function sameWords(words: Int32Array, at: number, other: Int32Array, otherAt: number, count: number): boolean {
  for (let done = 0; done < count; done += 1) if (words[at + done] !== other[otherAt + done]) return false
  return true
}

/** Copies `count` words from `at` to `otherAt`. */
export function copyWords(words: Int32Array, at: number, other: Int32Array, otherAt: number, count: number): void {
  for (let done = 0; done < count; done += 1) other[otherAt + done] = words[at + done]
}

/** Whether `count` wide words are the same in two arrays, from `at` and from `otherAt`. */
export function sameWide(
  wide: BigInt64Array,
  at: number,
  other: BigInt64Array,
  otherAt: number,
  count: number,
): boolean {
  for (let done = 0; done < count; done += 1) if (wide[at + done] !== other[otherAt + done]) return false
  return true
}

/** Copies `count` wide words from `at` to `otherAt`. */
export function copyWide(wide: BigInt64Array, at: number, other: BigInt64Array, otherAt: number, count: number): void {
  for (let done = 0; done < count; done += 1) other[otherAt + done] = wide[at + done]
}

/** Finds where two arrays of one length differ. */
export class Differences {
  /** The places that were found. */
  readonly places: Int32Array
  private readonly wide: BigInt64Array
  private readonly otherWide: BigInt64Array

  constructor(
    private readonly words: Int32Array,
    private readonly other: Int32Array,
  ) {
    this.places = new Int32Array(words.length)
    this.wide = new WideWords(words).wide
    this.otherWide = new WideWords(other).wide
  }

  /** Lists the places at which the arrays differ now, in their order. @returns how many there are */
  find(): number {
    const { words, other, wide, otherWide, places } = this
    let count = 0
    for (let half = 0; half < wide.length; half += 1) {
      if (wide[half] === otherWide[half]) continue
      const at = half << 1
      if (words[at] !== other[at]) places[count++] = at
      if (words[at + 1] !== other[at + 1]) places[count++] = at + 1
    }
    const last = words.length - 1
    if ((last & 1) === 0 && words[last] !== other[last]) places[count++] = last
    return count
  }
}
