import type { Packing } from './packing/packing.js'

/**
 * The seam of this folder: a transition system as a search sees it. It has one initial state, the successors of each
 * state, and properties, each judged at steps and at states. The checker knows no more of what it searches.
 */
export interface System {
  /** The present state as words: a search copies it, compares it and writes it back. Its length never changes. */
  readonly words: Int32Array
  /** How a search stores a state. */
  readonly packing: Packing
  /** Names of the properties; a set of them is bits, by index. At most 31. */
  readonly properties: readonly string[]
  /** Bits of each property's witness that the steps so far have shown, by property. */
  readonly witnessed: Int32Array
  /** Writes the initial state into `words`. @returns the properties that fail in it, as bits */
  writeInitialState(): number
  /** Takes each enabled step from the present state, in a fixed order, and hands its successor to the visitor. */
  forEachSuccessor(visitor: SuccessorVisitor): void
  /**
   * Judges the present state, which was not seen before.
   *
   * @param touched what its step handed to the visitor
   * @returns the properties that fail in it, as bits
   */
  judge(touched: number): number
}

/** What a search does with each successor. */
export interface SuccessorVisitor {
  /**
   * The present state is a successor. When this returns, the visitor has put the source state back.
   *
   * @param failed the properties that the step itself fails, as bits
   * @param fairnessClass the fairness class of the step, 1 to 31; 0 for none; or more of it, as `edgeLabel` has it
   * @param touched the part of the state that the step touched, in the system's own terms, for `judge`
   */
  successor(failed: number, fairnessClass: number, touched: number): void
}
