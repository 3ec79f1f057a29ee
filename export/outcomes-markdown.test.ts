import { marked } from 'marked'
import { expect, test } from 'vitest'
import type { CiOutcome } from '../report/ci/outcome.js'
import { outcomesMarkdown } from './outcomes-markdown.js'
import { hostileTexts, raceTrace } from './testing/traces.js'
import { lostMapping } from './testing/transcripts.js'

const failed: CiOutcome = {
  suite: 's',
  name: 'host-survives',
  status: 'fail',
  why: 'w',
  detail: 'columns',
  trace: raceTrace,
}
const outcomes: readonly CiOutcome[] = [
  { suite: 'passes', name: 'a', status: 'pass', why: 'held' },
  failed,
  { suite: 's', name: 'b', status: 'error', why: 'vacuous' },
]

/** What a renderer makes of it: the kind of each block, with the language of code. */
const blocks = (text: string): string[] =>
  marked
    .lexer(text)
    .filter(({ type }) => type !== 'space')
    .map((token) => (token.type === 'code' ? `code ${token.lang}` : token.type))

const rowsOf = (text: string): string[][] =>
  marked.lexer(text).flatMap((token) => {
    if (token.type !== 'table') return []
    return (token.rows as { text: string }[][]).map((row) => row.map((cell) => cell.text))
  })

test('what failed comes first, with its counterexample and diagram; what could not be told has its reason', () => {
  const text = outcomesMarkdown('check', outcomes)
  expect(text).toMatch(/^## dmaproof check: 1 fail, 1 error, 1 pass\n/)
  expect(rowsOf(text)).toEqual([
    ['`s`', '1', '1', '0', '0'],
    ['`passes`', '0', '0', '1', '0'],
  ])
  const whole = ['heading', 'table', 'heading', 'paragraph', 'code text', 'html', 'code mermaid', 'html']
  expect(blocks(text)).toEqual([...whole, 'heading', 'paragraph', 'code text'])
})

test('a reply that the model does not allow has its diagram, too', () => {
  const { header, found } = lostMapping()
  if (found === undefined) throw new Error('the model allows it')
  const outcome: CiOutcome = { suite: 's', name: 'n', status: 'fail', why: 'w', replied: { header, divergence: found } }
  const text = outcomesMarkdown('conform', [outcome])
  expect(blocks(text).slice(-4)).toEqual(['code text', 'html', 'code mermaid', 'html'])
  expect(text).toContain('  t--xh: ENOENT\n')
})

test.each(hostileTexts)('a text %j stays in code', (text) => {
  const hostile = outcomesMarkdown('check', [
    { suite: `${text}|`, name: text, status: 'fail', why: text, detail: text },
    { suite: `${text}|`, name: text, status: 'error', why: text },
  ])
  const one = ['heading', 'paragraph', 'code text']
  expect(blocks(hostile)).toEqual(['heading', 'table', ...one, ...one])
  expect(rowsOf(hostile).map((row) => row.slice(1))).toEqual([['1', '1', '0', '0']])
})

test('it stays far below what GitHub takes, and says what it leaves out', () => {
  const many = Array.from({ length: 3000 }, (_, index) => ({ ...failed, suite: `suite ${index}` }))
  const text = outcomesMarkdown('compare', many)
  expect(text.length).toBeLessThan(400_000)
  expect(rowsOf(text).at(-1)?.[0]).toBe('2900 more')
  expect(text).toContain('Not shown here: 2980 more cases.')
  const long = outcomesMarkdown('check', [{ ...failed, detail: 'x'.repeat(400_000) }])
  expect(long).toContain('Not shown here: 1 more case.')
})

test('nothing that was judged is no pass', () => {
  expect(outcomesMarkdown('check', [])).toMatch(/^## dmaproof check: nothing was judged\n/)
})
