import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { copyWide, copyWords, Differences, evenly, sameWide, sameWords, WideWords } from './wide-words.js'

const vector = fc.array(fc.integer(), { maxLength: 11 }).map((list) => Int32Array.from(list))
const even = vector.map((words) => words.subarray(0, words.length & ~1))

/** Words to each side of others. */
const margin = 2
const amid = (words: Int32Array): WideWords => new WideWords(Int32Array.from([7, -7, ...words, 7, -7]))

/** By words and by wide words, which have to agree. */
function isSame(words: Int32Array, place: WideWords): boolean {
  const same = sameWords(words, 0, place.words, margin, words.length)
  expect(sameWide(new WideWords(words).wide, 0, place.wide, margin / 2, words.length / 2)).toBe(same)
  return same
}

test.prop([even])(
  'words are the same in two places wherever they stand, and none of their neighbours count',
  (words) => {
    expect(isSame(words.slice(), amid(words))).toBe(true)
  },
)

test.prop([even.filter(({ length }) => length > 0), fc.nat(), fc.integer().filter((bits) => bits !== 0)])(
  'words that differ in one of them, in any bits, are not the same',
  (words, place, bits) => {
    const other = words.slice()
    other[place % words.length] ^= bits
    expect(isSame(words.slice(), amid(other))).toBe(false)
  },
)

test.prop([even])('a copy has all words and changes none of their neighbours', (words) => {
  const place = amid(new Int32Array(words.length))
  const other = amid(new Int32Array(words.length))
  copyWords(words, 0, place.words, margin, words.length)
  copyWide(new WideWords(words.slice()).wide, 0, other.wide, margin / 2, words.length / 2)
  expect([place.words, other.words]).toEqual([amid(words).words, amid(words).words])
})

test.prop([fc.nat({ max: 1000 })])('words are rounded up to whole wide words', (words) => {
  expect(evenly(words)).toBe(Math.ceil(words / 2) * 2)
})

test.prop([vector, fc.array(fc.tuple(fc.nat(), fc.integer()), { maxLength: 6 })])(
  'the places at which two arrays differ are listed, each once and in their order',
  (words, changes) => {
    const other = words.slice()
    for (const [place, word] of changes) if (words.length > 0) other[place % words.length] = word
    const differences = new Differences(words, other)
    const wanted = [...words.keys()].filter((at) => words[at] !== other[at])
    expect([...differences.places.subarray(0, differences.find())]).toEqual(wanted)
  },
)
