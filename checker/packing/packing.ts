import type { Differences, WideWords } from './wide-words.js'

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

/**
 * How a search stores a state. There are two ways, a class each, so that V8 compiles the loops of a search for one of
 * them: as it is (`PlainPacking`), and without the bits that are always 0 (`TightPacking`).
 */
export interface Packing {
  /** How many low bits of each byte of the state may be set, 0 to 8; whole words. */
  readonly bits: Uint8Array
  /** Words of a packed state. */
  readonly length: number
  /** Words from one packed state to the next in an array of several: whole wide words, unless it is plain. */
  readonly stride: number
  /** Whether a packed state is the state itself. */
  readonly isPlain: boolean

  /** The state that a search is at, for the words of a system. */
  presentOf(words: Int32Array): Present

  /**
   * Packs the state to which a step led by what the step changed, and puts the words back.
   *
   * @param packed where it is packed, from `start`, a multiple of `stride`
   * @param sum of the state from which the step was taken
   * @returns the sum of the state to which it led
   * @throws Error if a word has a bit that no state has, unless the state is stored as it is
   */
  take(present: Present, packed: WideWords, start: number, sum: number): number

  /**
   * Brings the present state to another.
   *
   * @param to where the other state is packed, from `start`, which is even unless it is plain
   */
  move(present: Present, to: WideWords, start: number): void

  /**
   * Stores a whole state.
   *
   * @throws Error if a word has a bit that no state has, unless the state is stored as it is
   */
  pack(words: Int32Array, packed: Int32Array, start: number): void

  /** Reads a state back. */
  unpack(packed: Int32Array, start: number, words: Int32Array): void

  /** Whether a packed state is the same as another; each begins at an even place unless it is plain. */
  isSame(packed: WideWords, start: number, other: WideWords, otherStart: number): boolean

  /** Copies a packed state, from an even place to an even one unless it is plain. */
  copy(packed: WideWords, start: number, to: WideWords, toStart: number): void
}
