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

/** The sum of a state, of which its hash is made. A step changes it as `Packing.take` does. */
export function sumOf(words: Int32Array): number {
  let sum = 0
  for (const [at, word] of words.entries()) {
    const [low, high] = factorsOf(at)
    sum = (sum + Math.imul(word, low)) | 0
    sum = (sum + Math.imul(word >>> 16, high)) | 0
  }
  return sum
}
