import type { Packing, Present } from './packing.js'
import { copyWords, Differences, sameWords, WideWords } from './wide-words.js'
import { factorsOf } from './word-sums.js'

/** A state is stored as it is: one of few words, such as that of the benchmark model B1. */
export class PlainPacking implements Packing {
  readonly length: number
  readonly stride: number
  readonly isPlain = true
  /** The factors of each word's halves, one after the other (`factorsOf`). */
  private readonly factors: Int32Array

  constructor(readonly bits: Uint8Array) {
    this.length = bits.length / 4
    this.stride = this.length
    this.factors = Int32Array.from(Array.from({ length: this.length }, (_, word) => factorsOf(word)).flat())
  }

  presentOf(words: Int32Array): Present {
    const packed = new WideWords(new Int32Array(words.length))
    return { words, base: packed.words, differences: new Differences(words, packed.words), packed }
  }

  take({ words, base }: Present, { words: packed }: WideWords, start: number, before: number): number {
    const { factors } = this
    let sum = before | 0
    for (let at = 0; at < words.length; at += 1) {
      packed[start + at] = words[at]
      if (words[at] === base[at]) continue
      sum = (sum + Math.imul((words[at] - base[at]) | 0, factors[at * 2])) | 0
      sum = (sum + Math.imul((words[at] >>> 16) - (base[at] >>> 16), factors[at * 2 + 1])) | 0
      words[at] = base[at]
    }
    return sum
  }

  move({ words, base }: Present, { words: to }: WideWords, start: number): void {
    for (let at = 0; at < words.length; at += 1) {
      const word = to[start + at]
      words[at] = word
      base[at] = word
    }
  }

  pack(words: Int32Array, packed: Int32Array, start: number): void {
    copyWords(words, 0, packed, start, this.length)
  }

  unpack(packed: Int32Array, start: number, words: Int32Array): void {
    copyWords(packed, start, words, 0, this.length)
  }

  isSame(packed: WideWords, start: number, other: WideWords, otherStart: number): boolean {
    return sameWords(packed.words, start, other.words, otherStart, this.length)
  }

  copy(packed: WideWords, start: number, to: WideWords, toStart: number): void {
    copyWords(packed.words, start, to.words, toStart, this.length)
  }
}
