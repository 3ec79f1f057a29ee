import { mix32 } from '../hash.js'
import { copyWide, copyWords, Differences, evenly, sameWide, sameWords, WideWords } from './wide-words.js'
import { bitsOfWord, lengthOf, maskOf, type Place, placesFor, rotated } from './word-places.js'

/** log2 of the numbers that are kept of each word of a state, of which five are used (`wordRows`). */
const wordBits = 3
/** The same of each piece of a packed word, of which three are used (`pieceRows`). */
const pieceBits = 2

/** Words of a record before the packed state: its hash, its parent. */
export const headWords = 2

/** The state that a search is at. */
export interface Present {
  /** The words of the system, which a step changes. */
  readonly words: Int32Array
  /** The same, which no step changes: what the words were before. */
  readonly base: Int32Array
  /** What a step changed: where `words` differ from `base`. */
  readonly differences: Differences
  /** The same as `base`, as it is stored: the same memory, where that is the same (`Packing.isPlain`). */
  readonly packed: WideWords
}

/** A state of up to so many words is searched for faster as it is, unless packing spares a part of its record. */
const few = 8
/** What part of the record that has to be. */
const worthwhile = 1 / 4

/**
 * How a state is stored: without the bits that are always 0, about half of a model's state. Each word is rotated to
 * where another word of the state has no bits, and shares a packed word with it. So each takes a rotation to store and
 * another to read back, and a word that a step changes is stored alone. A state of few words is stored as it is.
 */
export class Packing {
  /** Words of a packed state. */
  readonly length: number
  /** Words from one packed state to the next in an array of several: whole wide words, unless it is plain. */
  readonly stride: number
  /** Whether a packed state is the state itself. */
  readonly isPlain: boolean
  /**
   * What is known of each word of the state (`wordRows`): in one array, since a loop looks at the kind and the length
   * of each array that it reads.
   */
  private readonly ofWords: Int32Array
  /** The words of the state by the packed word that holds them (`pieceRows`), and where those of each begin. */
  private readonly pieces: Int32Array
  private readonly begins: Int32Array

  /** @param bits how many low bits of each byte of the state may be set, 0 to 8; whole words */
  constructor(readonly bits: Uint8Array) {
    const words = bits.length / 4
    const masks = Array.from({ length: words }, (_, word) => maskOf(bits.subarray(word * 4, word * 4 + 4)))
    const packed = placesFor(masks)
    const length = lengthOf(packed)
    this.isPlain = words <= few && words - length < (headWords + words) * worthwhile
    const places = this.isPlain ? masks.map((_, target): Place => ({ target, turn: 0, mask: -1 })) : packed
    this.length = this.isPlain ? words : length
    this.stride = this.isPlain ? words : evenly(length)
    this.ofWords = wordRows(places)
    this.pieces = pieceRows(places)
    this.begins = beginsOf(places, this.length)
  }

  /** The state that a search is at, for the words of a system. */
  presentOf(words: Int32Array): Present {
    const packed = new WideWords(new Int32Array(this.stride))
    const base = this.isPlain ? packed.words.subarray(0, words.length) : new Int32Array(words.length)
    return { words, base, differences: new Differences(words, base), packed }
  }

  /** The sum of a state, of which its hash is made: that of each of its words (`factorsOf`). */
  sumOf(words: Int32Array): number {
    let sum = 0
    for (let word = 0; word < words.length; word += 1) sum = (sum + this.difference(word, 0, words[word])) | 0
    return sum
  }

  /** What a word adds to the sum of its state when it changes. */
  private difference(word: number, before: number, after: number): number {
    const { ofWords } = this
    const row = word << wordBits
    const low = Math.imul((after - before) | 0, ofWords[row + 3])
    return (low + Math.imul((after >>> 16) - (before >>> 16), ofWords[row + 4])) | 0
  }

  /**
   * Packs the state to which a step led by what the step changed, and puts the words back.
   *
   * @param packed where it is packed, from `start`, a multiple of `stride`
   * @param sum of the state from which the step was taken
   * @returns the sum of the state to which it led
   * @throws Error if a word has a bit that no state has
   */
  take(present: Present, packed: WideWords, start: number, sum: number): number {
    return this.isPlain
      ? this.takePlain(present, packed.words, start, sum)
      : this.takePacked(present, packed, start, sum)
  }

  private takePlain({ words, base }: Present, packed: Int32Array, start: number, before: number): number {
    let sum = before | 0
    for (let at = 0; at < words.length; at += 1) {
      packed[start + at] = words[at]
      if (words[at] === base[at]) continue
      sum = (sum + this.difference(at, base[at], words[at])) | 0
      words[at] = base[at]
    }
    return sum
  }

  /** The loop is written out, without `change` and `difference`: calls of them make it half as long again. */
  private takePacked(present: Present, to: WideWords, start: number, before: number): number {
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

  /**
   * Changes one word of a packed state.
   *
   * @param packed where the packed state is, from `start`
   * @throws Error if the word has a bit that no state has
   */
  change(packed: Int32Array, start: number, word: number, before: number, after: number): void {
    const { ofWords } = this
    const row = word << wordBits
    if ((after & ~ofWords[row + 2]) !== 0) throw new Error(beyond(word, after))
    packed[start + ofWords[row]] ^= rotated(before ^ after, ofWords[row + 1])
  }

  /** Stores a whole state. */
  pack(words: Int32Array, packed: Int32Array, start: number): void {
    packed.fill(0, start, start + this.length)
    for (let word = 0; word < words.length; word += 1) this.change(packed, start, word, 0, words[word])
  }

  /** Reads a state back. */
  unpack(packed: Int32Array, start: number, words: Int32Array): void {
    for (let target = 0; target < this.length; target += 1)
      this.unpackWord(words, words, target, packed[start + target])
  }

  /**
   * Brings the present state to another. States that a search visits one after the other are alike, so only the packed
   * words that differ are unpacked.
   *
   * @param to where the other state is packed, from `start`, which is even unless it is plain
   */
  move(present: Present, to: WideWords, start: number): void {
    if (this.isPlain) movePlain(present, to.words, start)
    else this.movePacked(present, to, start)
  }

  private movePacked({ words, base, packed: from }: Present, { words: to, wide }: WideWords, start: number): void {
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

  /** Whether a packed state is the same as another; each begins at an even place unless it is plain. */
  isSame(packed: WideWords, start: number, other: WideWords, otherStart: number): boolean {
    if (this.isPlain) return sameWords(packed.words, start, other.words, otherStart, this.length)
    return sameWide(packed.wide, start >> 1, other.wide, otherStart >> 1, this.stride >> 1)
  }

  /** Copies a packed state, from an even place to an even one unless it is plain. */
  copy(packed: WideWords, start: number, to: WideWords, toStart: number): void {
    if (this.isPlain) copyWords(packed.words, start, to.words, toStart, this.length)
    else copyWide(packed.wide, start >> 1, to.wide, toStart >> 1, this.stride >> 1)
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

function movePlain({ words, base }: Present, to: Int32Array, start: number): void {
  for (let at = 0; at < words.length; at += 1) {
    const word = to[start + at]
    words[at] = word
    base[at] = word
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

/**
 * The factors of the two halves of a word in its state's sum. The sum is linear: a step that changes three words
 * changes it by six multiplications. The halves have factors of their own: a difference in a word's upper bits alone
 * would otherwise reach only the upper bits of the sum. `finalise32` spreads the sum over a table.
 */
const factorsOf = (word: number): readonly [low: number, high: number] => [mix32(word * 2) | 1, mix32(word * 2 + 1) | 1]

const beyond = (word: number, value: number): string =>
  `word ${word} of a state is 0x${(value >>> 0).toString(16)}, which has a bit that no state has`
