const wordBits = 32
/** Numbers that the packing keeps of each word. */
const Of = { target: 0, shift: 1, others: 2, beyond: 3, mask: 4, shrink: 8, fields: 12 } as const

/**
 * How a state is stored: each byte in as many bits as it uses, and the bits of one word within one packed word, so that
 * a word that a step changes is stored alone. About half of a model's state is bits that are always 0.
 */
export class Packing {
  /** Words of a packed state. */
  readonly length: number
  private readonly table: Int32Array
  /** Words that use all their bits, each beside the packed word that holds it: they are copied. */
  private readonly whole: Int32Array
  /** The other words. */
  private readonly parts: Int32Array

  /** @param bits how many low bits of each byte of the state may be set, 0 to 8; whole words */
  constructor(readonly bits: Uint8Array) {
    const widths = Array.from({ length: bits.length / 4 }, (_, word) => sum(bits.subarray(word * 4, word * 4 + 4)))
    const places = placesFor(widths)
    this.length = Math.max(1, ...places.map(({ target }) => target + 1))
    this.table = new Int32Array(widths.length * Of.fields)
    for (const [word, { target, shift }] of places.entries()) {
      this.table.set(rowOf(bits.subarray(word * 4, word * 4 + 4), target, shift), word * Of.fields)
    }
    const isWhole = (word: number) => widths[word] === wordBits
    this.whole = Int32Array.from(places.flatMap(({ target }, word) => (isWhole(word) ? [word, target] : [])))
    this.parts = Int32Array.from(places.keys()).filter((word) => !isWhole(word))
  }

  /**
   * Stores one word of a state.
   *
   * @param packed where the packed state is, from `start`
   * @throws Error if the word has a bit that no state has
   */
  set(packed: Int32Array, start: number, word: number, value: number): void {
    const { table } = this
    const row = word * Of.fields
    const others = table[row + Of.others]
    const at = start + table[row + Of.target]
    if (others === 0) {
      packed[at] = value
      return
    }
    if ((value & table[row + Of.beyond]) !== 0) throw new Error(beyond(word, value))
    const bits =
      (value & table[row + Of.mask]) |
      ((value & table[row + Of.mask + 1]) >>> table[row + Of.shrink + 1]) |
      ((value & table[row + Of.mask + 2]) >>> table[row + Of.shrink + 2]) |
      ((value & table[row + Of.mask + 3]) >>> table[row + Of.shrink + 3])
    packed[at] = (packed[at] & others) | (bits << table[row + Of.shift])
  }

  /** Stores a whole state. */
  pack(words: Int32Array, packed: Int32Array, start: number): void {
    for (let word = 0; word < words.length; word += 1) this.set(packed, start, word, words[word])
  }

  /** Reads a state back. */
  unpack(packed: Int32Array, start: number, words: Int32Array): void {
    const { table, whole, parts } = this
    for (let at = 0; at < whole.length; at += 2) words[whole[at]] = packed[start + whole[at + 1]]
    for (let at = 0; at < parts.length; at += 1) {
      const word = parts[at]
      const row = word * Of.fields
      const bits = packed[start + table[row + Of.target]] >>> table[row + Of.shift]
      words[word] =
        (bits & table[row + Of.mask]) |
        ((bits << table[row + Of.shrink + 1]) & table[row + Of.mask + 1]) |
        ((bits << table[row + Of.shrink + 2]) & table[row + Of.mask + 2]) |
        ((bits << table[row + Of.shrink + 3]) & table[row + Of.mask + 3])
    }
  }
}

interface Place {
  /** The packed word, and the bit of it at which the word's bits begin. */
  readonly target: number
  readonly shift: number
}

/** Gives each word a place: the widest first, each into the first packed word that has room. */
function placesFor(widths: readonly number[]): Place[] {
  const used: number[] = []
  const places = widths.map((): Place => ({ target: 0, shift: 0 }))
  const order = widths.map((_, word) => word).sort((a, b) => widths[b] - widths[a] || a - b)
  for (const word of order) {
    const fits = used.findIndex((bits) => bits + widths[word] <= wordBits)
    const target = fits < 0 ? used.length : fits
    const shift = used[target] ?? 0
    // A word without bits may stand anywhere; a shift by 32 would be one by 0.
    places[word] = { target: widths[word] === 0 ? 0 : target, shift: shift % wordBits }
    if (widths[word] > 0) used[target] = shift + widths[word]
  }
  return places
}

/** The numbers of one word: its place, which bits are others', and how each of its bytes moves. */
function rowOf(bits: Uint8Array, target: number, shift: number): number[] {
  const masks = [...bits].map((width, byte) => ((2 ** width - 1) << (byte * 8)) | 0)
  const shrinks = masks.map((_, byte) => byte * 8 - sum(bits.subarray(0, byte)))
  const width = sum(bits)
  const own = width === wordBits ? -1 : ((2 ** width - 1) << shift) | 0
  return [target, shift, ~own, ~masks.reduce((all, mask) => all | mask, 0), ...masks, ...shrinks]
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0)

const beyond = (word: number, value: number): string =>
  `word ${word} of a state is 0x${(value >>> 0).toString(16)}, which has a bit that no state has`
