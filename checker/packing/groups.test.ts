import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { copyWords, Differences, sameWords } from './groups.js'

const margin = 3
const vector = fc.array(fc.integer(), { maxLength: 11 }).map((list) => Int32Array.from(list))

/** The words between others, from `margin`. */
const amid = (words: Int32Array): Int32Array => Int32Array.from([7, 7, 7, ...words, 7, 7, 7])

test.prop([vector])(
  'words are the same in two places wherever they stand, and none of their neighbours count',
  (words) => {
    expect(sameWords(words, 0, amid(words), margin, words.length)).toBe(true)
  },
)

test.prop([vector.filter(({ length }) => length > 0), fc.nat(), fc.integer().filter((bits) => bits !== 0)])(
  'words that differ in one of them, in any bits, are not the same',
  (words, place, bits) => {
    const other = words.slice()
    other[place % words.length] ^= bits
    expect(sameWords(words, 0, amid(other), margin, words.length)).toBe(false)
  },
)

test.prop([vector])('a copy has all words and changes none of their neighbours', (words) => {
  const place = amid(new Int32Array(words.length))
  copyWords(words, 0, place, margin, words.length)
  expect(place).toEqual(amid(words))
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
