import { mix32 } from './hash.js'

/**
 * The factors of the two halves of a word in its state's sum. The sum is linear: a step that changes three words
 * changes it by six multiplications. The halves have factors of their own: a difference in a word's upper bits alone
 * would otherwise reach only the upper bits of the sum. `finalise32` spreads the sum over a table.
 */
export const factorsOf = (word: number): readonly [low: number, high: number] => [
  mix32(word * 2) | 1,
  mix32(word * 2 + 1) | 1,
]
