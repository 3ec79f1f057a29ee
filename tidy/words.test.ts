import { expect, test } from 'vitest'
import { show } from './finding.js'
import { readRepository } from './repository.js'
import { coverage, type WordCoverage, words } from './words.js'

const report = (text: string, path = 'README.md', where: WordCoverage = 'everything') =>
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

test('a name that begins with a retired part is reported; the same words in a sentence pass', () => {
  expect(report('const a = 1\nconst mostRows = usualRows', 'view/rows.ts')).toEqual([
    'view/rows.ts:2: "mostRows" is retired; use max…',
    'view/rows.ts:2: "usualRows" is retired; use default…',
  ])
  expect(report('const roomOf = floorOf', 'tidy/a.ts')).toHaveLength(2)
  expect(report('Most rows are the usual ones; mostly usually', 'view/rows.ts')).toEqual([])
})

test('the words of a building, of counting and of blame are reported', () => {
  expect(report('rooms, floors', 'tidy/a.ts')).toHaveLength(2)
  expect(report('tally(verdicts)', 'report/a.ts')).toHaveLength(1)
  expect(report('return Status.OurBug // a bug of ours', 'cli/a.ts')).toHaveLength(2)
  expect(report('record(bench: Simulator)', 'search/a.ts')).toHaveLength(1)
  expect(report('room for a page; Math.floor(3 / 2); npm run bench', 'README.md')).toEqual([])
})

test('history and the table may keep the words, other checks may not', () => {
  expect(report('whoever', 'docs/decisions.md')).toEqual([])
  expect(report('whoever', 'tidy/retired-words.ts')).toEqual([])
  expect(report('whoever', 'tidy/sizes.ts')).toHaveLength(1)
})

test('documents for users can be covered without the code', () => {
  expect(report('whoever', 'CHANGELOG.md', 'documents')).toHaveLength(1)
  expect(report('// whoever', 'model/step.ts', 'documents')).toEqual([])
  expect(report('// whoever', 'model/step.ts')).toHaveLength(1)
})
