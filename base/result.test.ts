import { expect, test } from 'vitest'
import { must, ok, onLine, type Problem, problemText, type Result, refuse, within } from './result.js'

const rule = { id: 'a.b/c', statement: 'All is well.', source: { name: 'Linux', revision: '7.2' }, at: 'main()' }
const text = 'one two\r\n\tthree four\nfive'
const span = (word: string) =>
  ({ kind: 'span', at: text.indexOf(word), end: text.indexOf(word) + word.length }) as const

test.each<[string, Problem, string | undefined, string]>([
  ['by its message alone', { message: 'found 3' }, undefined, 'found 3'],
  ['in its file', { message: 'found 3' }, 'a.txt', 'a.txt: found 3'],
  ['on its line', { message: 'found 3', ...onLine(7) }, 'a.txt', 'a.txt:7: found 3'],
  ['on its line, where the file is not known', { message: 'found 3', ...onLine(7) }, undefined, '7: found 3'],
  ['with its rule', { message: 'found 3', rule }, 'a.txt', 'a.txt: found 3 [a.b/c]'],
  ['with what to do', { message: 'found 3', remedy: 'Take two.' }, 'a.txt', 'a.txt: found 3\n  Take two.'],
  ['not by the index of a word', { message: 'found "x"', place: { kind: 'word', index: 2 } }, 'a', 'a: found "x"'],
])('a problem is printed %s', (_, problem, file, expected) => {
  expect(problemText(problem, file)).toBe(expected)
})

test('characters of a text are shown with their line, tabs kept, and the remedy below them', () => {
  const problem = { message: 'found "four"', place: span('four'), remedy: 'Count again.' }
  expect(problemText(problem, 'a.txt', text).split('\n')).toEqual([
    'a.txt:2:8: found "four"',
    '    2 | \tthree four',
    '      | \t      ^^^^',
    '  Count again.',
  ])
})

test('characters beyond the end of a line have a caret up to its end, and never none', () => {
  const beyond = (at: number) => ({ message: '', place: { kind: 'span', at, end: text.length } }) as const
  expect(
    problemText(beyond(text.indexOf('two')), 'a', text)
      .split('\n')
      .at(-1),
  ).toBe('      |     ^^^')
  expect(problemText(beyond(text.length), 'a', text).split('\n').at(-1)).toBe('      |     ^')
})

test('a problem within something keeps its place, its rule and what to do', () => {
  const problem = { message: 'found 3', remedy: 'Take two.', rule, ...onLine(7) }
  expect(within('--scope', problem)).toEqual({ ok: false, problem: { ...problem, message: '--scope: found 3' } })
})

test('a value that must be there is given, and its refusal is an error with the whole problem', () => {
  expect(must(ok(3))).toBe(3)
  const refused: Result<number> = refuse('found 3', { remedy: 'Take two.', rule })
  expect(() => must(refused)).toThrow('found 3 [a.b/c]\n  Take two.')
})
