import { expect, test } from 'vitest'
import { show } from './finding.js'
import { readRepository } from './repository.js'
import { type Coverage, coverage, words } from './words.js'

const report = (text: string, path = 'README.md', where: Coverage = 'everything') =>
  words([{ path, text }], where).map(show)

test('this repository uses no retired word', () => {
  expect(words(readRepository(), coverage).map(show)).toEqual([])
})

test('a retired word is reported with its line and the word to use', () => {
  expect(report('First.\nAt the most 5 runs.\n')).toEqual(['README.md:2: "At the most" is retired; use "at most"'])
})

test('a phrase is found across the end of a line, and across the words in its middle', () => {
  expect(report('a table is held\nagainst the model')).toHaveLength(1)
  expect(report('it holds the replies of the table against the model')).toHaveLength(1)
  expect(report('/**\n * This goes\n * on.\n */', 'model/step.ts')).toEqual([
    'model/step.ts:2: "goes on" is retired; use "continues"',
  ])
})

test('a retired word inside an identifier is reported with its own line', () => {
  expect(report('const aB = 1\nconst bestWorldYet = 1\n', 'conform/a.ts')).toEqual([
    'conform/a.ts:2: "World" is retired; use "candidate state"',
  ])
})

test('words that only contain a retired word pass', () => {
  expect(report('planets, wrested, a lock is held, ago on, arrested')).toEqual([])
})

test('history and these checks may keep the words', () => {
  expect(report('whoever', 'docs/decisions.md')).toEqual([])
  expect(report('whoever', 'tidy/sizes.ts')).toEqual([])
})

test('documents for users can be covered without the code', () => {
  expect(report('whoever', 'CHANGELOG.md', 'documents')).toHaveLength(1)
  expect(report('// whoever', 'model/step.ts', 'documents')).toEqual([])
  expect(report('// whoever', 'model/step.ts')).toHaveLength(1)
})
