import type { Packing, Present } from './packing.js'
import { copyWide, Differences, evenly, sameWide, WideWords } from './wide-words.js'
import { bitsOfWord, lengthOf, type Place, rotated } from './word-places.js'
import { factorsOf } from './word-sums.js'

/** log2 of the numbers that are kept of each word of a state, of which five are used (`wordRows`). */
const wordBits = 3
/** The same of each piece of a packed word, of which three are used (`pieceRows`). */
const pieceBits = 2

/**
 * A state is stored without the bits that are always 0, about half of a model's state. Each word is rotated to where
 * another word of the state has no bits, and shares a packed word with it. So each takes a rotation to store and
 * another to read back, and a word that a step changes is stored alone.
 */
export class TightPacking implements Packing {
  readonly length: number
  readonly stride: number
  readonly isPlain = false
  /**
   * What is known of each word of the state (`wordRows`): in one array, since a loop looks at the kind and the length
   * of each array that it reads.
   */
  private readonly ofWords: Int32Array
  /** The words of the state by the packed word that holds them (`pieceRows`), and where those of each begin. */
  private readonly pieces: Int32Array
  private readonly begins: Int32Array

  /** @param places of the words of a state (`placesFor`) */
  constructor(
    readonly bits: Uint8Array,
    places: readonly Place[],
  ) {
    this.length = lengthOf(places)
    this.stride = evenly(this.length)
    this.ofWords = wordRows(places)
    this.pieces = pieceRows(places)
    this.begins = beginsOf(places, this.length)
  }

  presentOf(words: Int32Array): Present {
    const base = new Int32Array(words.length)
    const packed = new WideWords(new Int32Array(this.stride))
    return { words, base, differences: new Differences(words, base), packed }
  }

  /** The loop is written out: a call for each word makes it half as long again. */
  take(present: Present, to: WideWords, start: number, before: number): number {
    const { words, base, differences } = present
    const { words: packed } = to
    const { ofWords } = this
    const { places } = differences
    this.copy(present.packed, 0, to, start)
    const count = differences.find()
    let sum = before | 0
    for (let index = 0; index < count; index += 1) {
      const at = places[index]
      const word = words[at]
      const old = base[at]
      const row = at << wordBits
      const target = ofWords[row]
      const turn = ofWords[row + 1]
      const mask = ofWords[row + 2]
      const lowFactor = ofWords[row + 3]
      const highFactor = ofWords[row + 4]
      if ((word & ~mask) !== 0) throw new Error(beyond(at, word))
      packed[start + target] ^= rotated(old ^ word, turn)
      sum = (sum + Math.imul((word - old) | 0, lowFactor)) | 0
      sum = (sum + Math.imul((word >>> 16) - (old >>> 16), highFactor)) | 0
      words[at] = old
    }
    return sum
  }

  pack(words: Int32Array, packed: Int32Array, start: number): void {
    const { ofWords } = this
    packed.fill(0, start, start + this.length)
    for (const [at, word] of words.entries()) {
      const row = at << wordBits
      if ((word & ~ofWords[row + 2]) !== 0) throw new Error(beyond(at, word))
      packed[start + ofWords[row]] |= rotated(word, ofWords[row + 1])
    }
  }

  unpack(packed: Int32Array, start: number, words: Int32Array): void {
    for (let target = 0; target < this.length; target += 1)
      this.unpackWord(words, words, target, packed[start + target])
  }

  /** States that a search visits one after the other are alike, so only the packed words that differ are unpacked. */
  move({ words, base, packed: from }: Present, { words: to, wide }: WideWords, start: number): void {
    const { words: packed, wide: packedWide } = from
    const first = start >> 1
    for (let half = 0; half < packedWide.length; half += 1) {
      if (wide[first + half] === packedWide[half]) continue
      for (let target = half * 2; target < half * 2 + 2; target += 1) {
        const bits = to[start + target]
        if (bits === packed[target]) continue
        packed[target] = bits
        this.unpackWord(words, base, target, bits)
      }
    }
  }

  isSame(packed: WideWords, start: number, other: WideWords, otherStart: number): boolean {
    return sameWide(packed.wide, start >> 1, other.wide, otherStart >> 1, this.stride >> 1)
  }

  copy(packed: WideWords, start: number, to: WideWords, toStart: number): void {
    copyWide(packed.wide, start >> 1, to.wide, toStart >> 1, this.stride >> 1)
  }

  /** Unpacks what one packed word holds. */
  private unpackWord(words: Int32Array, base: Int32Array, target: number, bits: number): void {
    const { pieces, begins } = this
    const end = begins[target + 1]
    for (let at = begins[target]; at < end; at += 1 << pieceBits) {
      const word = pieces[at]
      const value = rotated(bits, pieces[at + 1]) & pieces[at + 2]
      words[word] = value
      base[word] = value
    }
  }
}

/** Of each word: its place (`Place`), and the factors of its halves (`factorsOf`). */
const wordRows = (places: readonly Place[]): Int32Array =>
  rowsOf(
    wordBits,
    places.map(({ target, turn, mask }, word) => [target, turn, mask, ...factorsOf(word)]),
  )

/** Of each word, by the packed word that holds it: which it is, by how many bits it is rotated back, its mask. */
function pieceRows(places: readonly Place[]): Int32Array {
  const inside = [...places.entries()].sort(([, a], [, b]) => a.target - b.target)
  return rowsOf(
    pieceBits,
    inside.map(([word, { turn, mask }]) => [word, bitsOfWord - turn, mask]),
  )
}

/** Where the pieces of each packed word begin, and behind the last. */
function beginsOf(places: readonly Place[], length: number): Int32Array {
  const begins = new Int32Array(length + 1)
  for (const { target } of places) begins[target + 1] += 1 << pieceBits
  for (let at = 1; at <= length; at += 1) begins[at] += begins[at - 1]
  return begins
}

/** Rows of 2^`bits` columns, one after the other. */
function rowsOf(bits: number, rows: readonly (readonly number[])[]): Int32Array {
  const numbers = new Int32Array(rows.length << bits)
  for (const [at, row] of rows.entries()) numbers.set(row, at << bits)
  return numbers
}

const beyond = (word: number, value: number): string =>
  `word ${word} of a state is 0x${(value >>> 0).toString(16)}, which has a bit that no state has`
