import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as plain } from 'vitest'
import { packingOf } from './packing-of.js'
import { WideWords } from './wide-words.js'
import { sumOf } from './word-sums.js'

/** Bits of each byte of a few words, and states that keep to them. */
const layouts = fc
  .integer({ min: 1, max: 9 })
  .chain((words) => fc.array(fc.integer({ min: 0, max: 8 }), { minLength: words * 4, maxLength: words * 4 }))

const withState = layouts.chain((bits) =>
  fc.tuple(fc.constant(Uint8Array.from(bits)), fc.tuple(...bits.map((width) => fc.nat({ max: 2 ** width - 1 })))),
)

const wordsOf = (bytes: readonly number[]) => new Int32Array(Uint8Array.from(bytes).buffer)

describe('a packed state', () => {
  test.prop([withState, withState])('is moved to from any other', ([bits, bytes], [, otherBytes]) => {
    const packing = packingOf(bits)
    const kept = bits.map((width, at) => (otherBytes[at % otherBytes.length] ?? 0) & (2 ** width - 1))
    const [from, to] = [wordsOf([...kept]), wordsOf(bytes)]
    const target = new WideWords(new Int32Array(packing.stride))
    packing.pack(to, target.words, 0)
    const present = packing.presentOf(from)
    present.base.set(from)
    packing.pack(from, present.packed.words, 0)
    packing.move(present, target, 0)
    expect([present.words, present.base, present.packed.words]).toEqual([to, to, target.words])
  })

  test.prop([withState])('is read back as it was', ([bits, bytes]) => {
    const packing = packingOf(bits)
    const packed = new Int32Array(packing.length + 2).fill(-1)
    const state = wordsOf(bytes)
    packing.pack(state, packed, 1)
    const back = new Int32Array(state.length).fill(-1)
    packing.unpack(packed, 1, back)
    expect(back).toEqual(state)
    expect([packed[0], packed.at(-1)]).toEqual([-1, -1])
  })

  test.prop([withState, fc.nat(), fc.nat()])('is taken where a step changed one word', ([bits, bytes], which, to) => {
    const packing = packingOf(bits)
    const before = wordsOf(bytes)
    const present = packing.presentOf(before.slice())
    present.base.set(before)
    packing.pack(before, present.packed.words, 0)
    const after = before.slice()
    const word = which % after.length
    after[word] = to & (wordsOf([...bits].map((width) => 2 ** width - 1))[word] ?? 0)
    present.words.set(after)
    const taken = new WideWords(new Int32Array(packing.stride))
    expect(packing.take(present, taken, 0, sumOf(before))).toBe(sumOf(after))
    const back = new Int32Array(after.length)
    packing.unpack(taken.words, 0, back)
    expect([back, present.words]).toEqual([after, before])
  })

  test.prop([withState])('is equal to another only if the states are', ([bits, bytes]) => {
    const packing = packingOf(bits)
    const used = [...bits].findIndex((width) => width > 0)
    fc.pre(used >= 0)
    const other = bytes.map((byte, at) => (at === used ? byte ^ 1 : byte))
    const [one, two] = [bytes, other].map((each) => {
      const packed = new Int32Array(packing.length)
      packing.pack(wordsOf(each), packed, 0)
      return packed
    })
    expect(one).not.toEqual(two)
  })
})

plain('takes no more words than its bits need, one word of the state in one packed word', () => {
  const full = Array.from({ length: 4 }, () => [8, 8, 8, 8]).flat()
  const packing = packingOf(Uint8Array.from([...full, ...Array.from({ length: 4 }, () => [8, 0, 0, 0]).flat()]))
  expect(packing.length).toBe(5)
  expect(packingOf(new Uint8Array(16)).length).toBe(1)
})

plain('a state of few words is stored as it is, unless its record becomes shorter by a quarter', () => {
  const { isPlain, length } = packingOf(Uint8Array.from([8, 8, 8, 8, 1, 0, 0, 0, 3, 3, 3, 3]))
  expect([isPlain, length]).toEqual([true, 3])
  expect(packingOf(Uint8Array.from([8, 8, 8, 8, ...new Uint8Array(12)])).isPlain).toBe(false)
})

plain('a bit that no state has is refused where it would be lost', () => {
  const packing = packingOf(Uint8Array.from(Array.from({ length: 6 }, () => [1, 0, 0, 2]).flat()))
  const packed = new Int32Array(packing.length)
  const withFirst = (word: number) => Int32Array.of(word, 0, 0, 0, 0, 0)
  expect(() => packing.pack(withFirst(0x0300_0001), packed, 0)).not.toThrow()
  expect(() => packing.pack(withFirst(0x0300_0101), packed, 0)).toThrow('word 0 of a state is 0x3000101')
  expect(() => packing.pack(withFirst(0x0400_0000), packed, 0)).toThrow('a bit that no state has')
  const present = packing.presentOf(withFirst(0x0300_0101))
  const taken = new WideWords(new Int32Array(packing.stride))
  expect(() => packing.take(present, taken, 0, 0)).toThrow('word 0 of a state is 0x3000101')
})
