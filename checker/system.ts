/**
 * What an exhaustive search explores: a state as words, and every step from it. The reference model is one
 * (`model-system.ts`), the yardstick B1 another (`b1.ts`).
 */
export interface System {
  /** The present state: a search copies it, compares it and puts it back. Its length never changes. */
  readonly words: Int32Array
  /** Names of what is judged; sets of properties are bits, by index. At most 31. */
  readonly properties: readonly string[]
  /** Bits of each property's witness that the steps so far have shown, by property. */
  readonly seen: Int32Array
  /** Writes the initial state. @returns the properties that fail in it */
  start(): number
  /** Takes each enabled step from the present state in a fixed order, and hands each to the visitor. */
  expand(visitor: Visitor): void
  /**
   * Judges the present state, which is new.
   *
   * @param touched what its step told of the pages that it touched
   * @returns the properties that fail in it
   */
  judge(touched: number): number
}

/** What a search does with each step that a system takes. */
export interface Visitor {
  /**
   * A step has led to the present state. The state from which it was taken is back when this returns.
   *
   * @param failed the properties that the step itself fails
   * @param duty which duty the step fulfils, or 0
   * @param touched the pages that the step touched, in the system's own terms, for `judge`
   */
  step(failed: number, duty: number, touched: number): void
}
