import { expect, test } from 'vitest'
import { callSeconds } from './call-seconds.js'
import { declarationAt, endlessText } from './place.js'

const lines = [
  "import { ranges } from 'dmaproof'",
  'const late = {',
  '  first: () => {',
  '  },',
  '}',
  'export const mine = {',
  '  fails() {',
  '  },',
  '}',
  'export default {',
  '  clauses: [],',
  '}',
  'export async function make() {',
  '}',
]

test('a line is in the last declaration in the first column before it', () => {
  const found = [1, 3, 6, 8, 11, 14].map((line) => declarationAt(lines, line))
  expect(found).toEqual([undefined, 'late', 'export mine', 'export mine', 'export default', 'export make'])
})

test('a function that does not return is said with where it is, if that is elsewhere', () => {
  const frame = { functionName: 'first', isTopLevel: false, url: `file://${process.cwd()}/none/mine.js`, line: 3 }
  const elsewhere = { ...frame, functionName: 'nap', line: 9 }
  const first = (text: string) => text.split('\n')[0]
  expect(first(endlessText({ called: frame, at: frame }, 30))).toBe(
    'none/mine.js:3: first() has not returned for 30 seconds',
  )
  expect(first(endlessText({ called: { ...frame, isTopLevel: true }, at: elsewhere }, 1))).toBe(
    'none/mine.js:3: the top level of the module has not returned for 1 second; it is at none/mine.js:9',
  )
})

test('the time of a call is 30 seconds, or what the environment says, if that is a number', () => {
  const said = (time?: string) => callSeconds(time === undefined ? {} : { DMAPROOF_CALL_TIME: time })
  expect([said(), said(''), said('0'), said('0.5'), said('-1'), said('long')]).toEqual([30, 30, 0, 0.5, 30, 30])
})
