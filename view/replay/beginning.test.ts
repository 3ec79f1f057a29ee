import { expect, test } from 'vitest'
import { allDesigns, fullName } from '../../designs/index.js'
import type { RecordedState } from '../../search/recorded-state.js'
import { beginningOf } from './beginning.js'

const machine = (pages: number) => ({ pages, scope: { entryLimit: 100 } })
const large = machine(1 << 24)
const idle: RecordedState = { phase: { length: 2, runs: [] }, entriesUsed: { length: 1, runs: [[0, 99]] } }

test('a large guest begins as it was recorded', () => {
  expect(beginningOf(large, false, idle)).toBe(idle)
})

test.each([
  ['is small', machine(1 << 20), false, idle],
  ['runs a design of its user', large, true, idle],
  ['has no recorded beginning', large, false, undefined],
  ['begins amid a plan', large, false, { ...idle, phase: { length: 2, runs: [[1, 1]] } }],
  [
    'has used up its entries, so that a map may have failed',
    large,
    false,
    { ...idle, entriesUsed: { length: 1, runs: [[0, 100]] } },
  ],
])('a guest boots that %s', (_, machine, isOwn, initial) => {
  expect(beginningOf(machine, isOwn, initial)).toBeUndefined()
})

test('no design that is shipped gives mapping entries back as it boots', () => {
  expect(allDesigns.length).toBeGreaterThan(50)
  const giving = allDesigns.filter(({ boot }) => JSON.stringify(boot).includes('"unmap"'))
  expect(giving.map(fullName)).toEqual([])
})
