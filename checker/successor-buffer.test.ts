import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as plain } from 'vitest'
import { packingOf } from './packing/packing-of.js'
import { sumOf } from './packing/word-sums.js'
import { SuccessorBuffer } from './successor-buffer.js'

const words = 7
/** Words that are stored as they are, and words of two bytes, of which two share a packed word. */
const layouts = [
  { stored: 'as it is', bits: () => 8, isPlain: true },
  { stored: 'packed', bits: (byte: number) => (byte % 4 < 2 ? 8 : 0), isPlain: false },
]

describe.each(layouts)('a batch of a system that is stored $stored', ({ bits, isPlain }) => {
  const packing = packingOf(Uint8Array.from({ length: words * 4 }, (_, byte) => bits(byte)))
  const allowed = bits(2) === 0 ? 0xffff : -1
  const word = fc.integer().map((value) => value & allowed)
  const vector = fc.array(word, { minLength: words, maxLength: words }).map((list) => Int32Array.from(list))
  const change = fc.tuple(fc.nat({ max: words - 1 }), word)

  plain('is what its name says', () => expect(packing.isPlain).toBe(isPlain))

  test.prop([vector, fc.array(fc.array(change), { minLength: 1, maxLength: 200 })])(
    'keeps each state with the hash of all its words, and puts the state back from which it came',
    (base, steps) => {
      const batch = new SuccessorBuffer(packing)
      const state = base.slice()
      const present = packing.presentOf(state)
      present.base.set(base)
      packing.pack(base, present.packed.words, 0)
      const sum = sumOf(base)
      const wanted = steps.map((changes) => {
        for (const [at, value] of changes) state[at] = value
        const after = state.slice()
        batch.take(present, sum)
        batch.count += 1
        expect(state).toEqual(base)
        return after
      })
      for (const [step, after] of wanted.entries()) {
        batch.move(present, step)
        expect(state).toEqual(after)
        expect(batch.sums[step]).toBe(sumOf(after))
      }
    },
  )
})

plain('of states that differ from one in a single byte, hardly two have the same hash', () => {
  const sums = new Set<number>()
  for (let byte = 0; byte < words * 4; byte += 1) {
    for (let value = 1; value < 256; value += 1) {
      const state = new Uint8Array(words * 4)
      state[byte] = value
      sums.add(sumOf(new Int32Array(state.buffer)))
    }
  }
  expect(sums.size).toBeGreaterThan(words * 4 * 255 - 5)
})
