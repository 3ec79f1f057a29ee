import { expect, test } from 'vitest'
import { builtIn } from '../../../search/catalogue/catalogue.js'
import { unseenOf } from '../../../search/random/unseen.js'
import { emptyVerdict } from '../../../search/verdict.js'
import { comparisonText } from '../compare/comparison.js'
import { makePaint } from '../paint.js'
import { verdictsText } from './verdicts.js'

const setup = { design: 'on-demand-4k', driver: 'type1v2', platform: 'linux-7.2', scope: {} }
const drawn = builtIn.propertiesNamed(['no-stale-frame', 'accounts-balance', 'entry-limit']).map((property, index) => {
  const verdict = emptyVerdict(setup, property, 'none-found', 'none', 1)
  const unseen = unseenOf({ made: 3000, counted: 300, known: 1000, once: 30 * index, twice: 9, visits: 9000 })
  return { verdict: index === 2 ? verdict : { ...verdict, unseen } }
})
const paint = makePaint(false)

test('check says how sure none-found is, of what was searched least', () => {
  const text = verdictsText(drawn, paint)
  expect(text).toContain(
    'how sure that is, of accounts-balance: with 95 % confidence fewer than 1 in 1,001 such runs violates',
  )
  expect(text).toContain('one more run would reach 0.1 new among its 30 (Good-Turing)')
})

test('a reason with line breaks and escape sequences is one line that says what they are', () => {
  const [one] = drawn
  const hostile = { verdict: { ...one.verdict, why: 'so\u001b[8m\r\n# it \u202e is' } }
  expect(verdictsText([hostile], paint)).toContain(': so[U+001B][8m # it [U+202E] is\n')
})

test('compare says how sure none-found of drawn runs is, in the median and where it is least', () => {
  const text = comparisonText([{ judged: drawn }], { properties: ['no-stale-frame'], folder: 'saved', paint })
  expect(text).toContain('states that an estimate says they can, in the median of 2 verdicts (docs/how-sure.md). Least')
  expect(text).toMatch(
    /\n {2}accounts-balance · on-demand-4k · .*: with 95 % confidence fewer than 1 in 1,001 such runs/,
  )
  expect(comparisonText([{ judged: drawn.slice(2) }], { properties: [], folder: '', paint })).not.toContain('estimate')
})
