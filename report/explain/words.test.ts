import { describe, expect, test } from 'vitest'
import { kinds, relation } from '../../model/actions/relation.js'
import { callSays } from '../../model/machine/effects.js'
import { errnoNames } from '../../model/machine/errno.js'
import { lockNames } from '../../model/machine/state.js'
import { verdictSays } from '../../search/verdict.js'
import { docstringsIn, fieldDocstringsIn } from './docstrings.js'
import { type ExplainedWord, wordListNames, wordLists, wordTexts } from './words.js'

describe('every word of a list has one sentence, which explain prints:', () => {
  test.each(wordListNames)('%s', (list) => {
    const words: readonly ExplainedWord[] = wordLists[list].words()
    expect(words.length).toBeGreaterThan(1)
    expect(words.filter(({ sentence }) => !/^\S.*[.?…]$/.test(sentence))).toEqual([])
  })
})

test.each([
  ['a call', Object.keys(callSays)],
  ['an errno', errnoNames],
  ['a lock', lockNames],
  ['a verdict', Object.keys(verdictSays)],
  ['a word of litmus tests', ['stuck', 'orphan', 'Never', 'not-present', 'guest-view', 'await']],
  ['a value', ['containment', 'within', 'separate', 'in-place', 'cooperative']],
  [
    'a word of plans',
    ['eachMappedPage', 'loops.eachMappedPage', 'each mapped page', 'findHull', 'find hull', 'chunk', 'someMapped'],
  ],
  ['a system', ['b1']],
  ['a driver or an interface', ['type1v2', 'page-table', 'iommufd-lazy', 'sept']],
  ['a term of the glossary', ['witness', 'hitless', 'told', 'fill']],
  ['a field of a design', ['toPrivate', 'undoShared', 'wholeRequests', 'backings']],
  ['a field of a driver', ['map', 'pins', 'accounting', 'unmapsWhole']],
  ['a parameter', [...new Set(kinds.parameters.flat())]],
])('explain knows %s', (_, names) => {
  expect(names.filter((name) => wordTexts(name).length === 0)).toEqual([])
})

test('fill names both caches that a translation may fill', () => {
  expect(wordTexts('fill').join('\n')).toMatch(/IOTLB.*device TLB/s)
})

test('a word that means several things is explained in each sense, once', () => {
  expect(wordTexts('none').length).toBeGreaterThan(4)
  // a lock, twice among the lists, and why a cost ended
  expect(wordTexts('vm')).toHaveLength(2)
})

test('every value of a parameter that has words has a sentence for each', () => {
  const params = Object.values(relation).flatMap((row) => Object.values(row.params))
  expect(params.filter(({ words, says }) => (words ?? []).join() !== Object.keys(says ?? {}).join())).toEqual([])
})

test('a field without a docstring of its own has no sentence, as the lists would show', () => {
  const text = 'export interface Design {\n  /** One. */\n  readonly a: string\n  readonly b?: string\n}\n'
  expect([...fieldDocstringsIn(text, 'Design')].map(([name, said]) => [name, said.text])).toEqual([
    ['a', 'One.'],
    ['b', ''],
  ])
})

test('a docstring is read from types and from source, with its example', () => {
  const text =
    '/** One.\n * Two.\n *\n * @example\n * f(1)\n */\nexport declare const f: () => void;\nexport const g = 1\n'
  expect([...docstringsIn(text)]).toEqual([['f', { text: 'One. Two.', example: ['f(1)'] }]])
})
