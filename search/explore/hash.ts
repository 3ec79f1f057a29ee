/**
 * A state's hash is a sum over its words, each mixed with its place, so that a step that changes three words costs
 * three mixings. Both halves of it matter only where states are kept as hashes.
 */
export function mixed(word: number, place: number): number {
  let x = Math.imul(word ^ Math.imul(place + 1, 0x9e37_79b1), 0x85eb_ca6b)
  x ^= x >>> 15
  x = Math.imul(x ^ place, 0xc2b2_ae35)
  return x ^ (x >>> 13)
}

/** The hash of all words from nothing: what the sums add up to. */
export function sumOf(words: Int32Array): number {
  let sum = 0
  for (let at = 0; at < words.length; at += 1) sum = (sum + mixed(words[at], at)) | 0
  return sum
}

/** Spreads a sum over all bits, for a place in a table. */
export function spread(sum: number): number {
  let x = sum ^ (sum >>> 16)
  x = Math.imul(x, 0x7feb_352d)
  x ^= x >>> 15
  x = Math.imul(x, 0x846c_a68b)
  return x ^ (x >>> 16)
}
