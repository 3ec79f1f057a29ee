import { groupSize, sameGroup } from './groups.js'

const wordBits = 32

/** The state that a search is at. */
export interface Present {
  /** The words of the system, which a step changes. */
  readonly words: Int32Array
  /** The same, which no step changes: what the words were before. */
  readonly base: Int32Array
  /** The same as `base`, as it is stored. */
  readonly packed: Int32Array
}

/**
 * How a state is stored: without the bits that are always 0, about half of a model's state. Each word is rotated to
 * where another word of the state has no bits, and shares a packed word with it. So each takes a rotation to store and
 * another to read back, and a word that a step changes is stored alone.
 */
export class Packing {
  /** Words of a packed state. */
  readonly length: number
  /** By word of the state: the packed word that holds it, by how many bits it is rotated, which bits it may have. */
  private readonly targets: Int32Array
  private readonly turns: Int32Array
  private readonly masks: Int32Array
  /** The words of the state by the packed word that holds them, and where in `inside` those of each begin. */
  private readonly inside: Int32Array
  private readonly begins: Int32Array

  /** @param bits how many low bits of each byte of the state may be set, 0 to 8; whole words */
  constructor(readonly bits: Uint8Array) {
    this.masks = Int32Array.from({ length: bits.length / 4 }, (_, word) =>
      maskOf(bits.subarray(word * 4, word * 4 + 4)),
    )
    const places = placesFor([...this.masks])
    this.length = Math.max(1, ...places.map(({ target }) => target + 1))
    this.targets = Int32Array.from(places, ({ target }) => target)
    this.turns = Int32Array.from(places, ({ turn }) => turn)
    const words = Int32Array.from(places.keys())
    this.inside = words.toSorted((a, b) => this.targets[a] - this.targets[b])
    this.begins = Int32Array.from(
      { length: this.length + 1 },
      (_, at) => places.filter(({ target }) => target < at).length,
    )
  }

  /**
   * Changes one word of a packed state.
   *
   * @param packed where the packed state is, from `start`
   * @throws Error if the word has a bit that no state has
   */
  change(packed: Int32Array, start: number, word: number, before: number, after: number): void {
    if ((after & ~this.masks[word]) !== 0) throw new Error(beyond(word, after))
    packed[start + this.targets[word]] ^= rotated(before ^ after, this.turns[word])
  }

  /** Stores a whole state. */
  pack(words: Int32Array, packed: Int32Array, start: number): void {
    packed.fill(0, start, start + this.length)
    for (let word = 0; word < words.length; word += 1) this.change(packed, start, word, 0, words[word])
  }

  /** Reads a state back. */
  unpack(packed: Int32Array, start: number, words: Int32Array): void {
    for (let word = 0; word < words.length; word += 1)
      words[word] = this.wordOf(word, packed[start + this.targets[word]])
  }

  /**
   * Brings the present state to another. States that a search visits one after the other are alike, so only the packed
   * words that differ are unpacked.
   *
   * @param to where the other state is packed, from `start`
   */
  move({ words, base, packed }: Present, to: Int32Array, start: number): void {
    const { length } = packed
    for (let first = 0; first < length; first += groupSize) {
      if (first + groupSize <= length && sameGroup(to, start + first, packed, first)) continue
      const end = Math.min(first + groupSize, length)
      for (let target = first; target < end; target += 1) {
        const bits = to[start + target]
        if (bits === packed[target]) continue
        packed[target] = bits
        this.unpackWord(words, base, target, bits)
      }
    }
  }

  /** Unpacks what one packed word holds. */
  private unpackWord(words: Int32Array, base: Int32Array, target: number, bits: number): void {
    const { inside, begins } = this
    const end = begins[target + 1]
    for (let at = begins[target]; at < end; at += 1) {
      const word = inside[at]
      const value = this.wordOf(word, bits)
      words[word] = value
      base[word] = value
    }
  }

  /** @param bits the packed word that holds the word */
  private wordOf(word: number, bits: number): number {
    return rotated(bits, wordBits - this.turns[word]) & this.masks[word]
  }
}

/** Shifts are modulo 32, so that a turn of 0, or of 32, changes nothing. */
const rotated = (bits: number, turn: number): number => (bits << turn) | (bits >>> (wordBits - turn))

const maskOf = (bits: Uint8Array): number =>
  bits.reduce((mask, width, byte) => mask | ((2 ** width - 1) << (byte * 8)), 0)

interface Place {
  /** The packed word, and by how many bits the word is rotated there. */
  readonly target: number
  readonly turn: number
}

/** Gives each word a place: the widest first, each into the first packed word that has room. */
function placesFor(masks: readonly number[]): Place[] {
  const used: number[] = []
  const places = masks.map((): Place => ({ target: 0, turn: 0 }))
  const order = [...masks.keys()].sort((a, b) => bitsIn(masks[b]) - bitsIn(masks[a]) || a - b)
  for (const word of order) {
    if (masks[word] === 0) continue
    const place = firstPlace(used, masks[word])
    used[place.target] = (used[place.target] ?? 0) | rotated(masks[word], place.turn)
    places[word] = place
  }
  return places
}

function firstPlace(used: readonly number[], mask: number): Place {
  for (const [target, taken] of used.entries()) {
    for (let turn = 0; turn < wordBits; turn += 1) if ((taken & rotated(mask, turn)) === 0) return { target, turn }
  }
  return { target: used.length, turn: 0 }
}

function bitsIn(word: number): number {
  let count = 0
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1
  return count
}

const beyond = (word: number, value: number): string =>
  `word ${word} of a state is 0x${(value >>> 0).toString(16)}, which has a bit that no state has`
