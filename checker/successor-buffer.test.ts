import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as plain } from 'vitest'
import { LinearHash } from './hash.js'
import { Packing } from './packing.js'
import { SuccessorBuffer } from './successor-buffer.js'

const words = 9
const factors = new LinearHash(words)
const packing = new Packing(new Uint8Array(words * 4).fill(8))
const vector = fc.array(fc.integer(), { minLength: words, maxLength: words }).map((list) => Int32Array.from(list))
const change = fc.tuple(fc.nat({ max: words - 1 }), fc.integer())

describe('a batch', () => {
  test.prop([vector, fc.array(fc.array(change), { minLength: 1, maxLength: 200 })])(
    'keeps each state with the hash of all its words, and puts the state back from which it came',
    (base, steps) => {
      const batch = new SuccessorBuffer(packing)
      const state = base.slice()
      const present = { words: state, base, packed: new Int32Array(packing.length) }
      packing.pack(base, present.packed, 0)
      const sum = factors.sumOf(base)
      const wanted = steps.map((changes) => {
        for (const [at, word] of changes) state[at] = word
        const after = state.slice()
        batch.take(present, sum, factors)
        batch.count += 1
        expect(state).toEqual(base)
        return after
      })
      for (const [step, after] of wanted.entries()) {
        batch.move(present, step)
        expect(state).toEqual(after)
        expect(batch.sums[step]).toBe(factors.sumOf(after))
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
      sums.add(factors.sumOf(new Int32Array(state.buffer)))
    }
  }
  expect(sums.size).toBeGreaterThan(words * 4 * 255 - 5)
})
