import { headWords, type Packing } from './packing.js'
import { PlainPacking } from './plain-packing.js'
import { TightPacking } from './tight-packing.js'
import { lengthOf, maskOf, placesFor } from './word-places.js'

/** A state of up to so many words is searched for faster as it is, unless packing spares a part of its record. */
const few = 8
/** What part of the record that has to be. */
const worthwhile = 1 / 4

/** The way to store a state. @param bits how many low bits of each byte of it may be set, 0 to 8; whole words */
export function packingOf(bits: Uint8Array): Packing {
  const words = bits.length / 4
  const places = placesFor(Array.from({ length: words }, (_, word) => maskOf(bits.subarray(word * 4, word * 4 + 4))))
  const isPlain = words <= few && words - lengthOf(places) < (headWords + words) * worthwhile
  return isPlain ? new PlainPacking(bits) : new TightPacking(bits, places)
}
