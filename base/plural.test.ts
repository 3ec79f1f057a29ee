import { expect, test } from 'vitest'
import { counted } from './plural.js'

test('one is singular; none, several and fractions are plural', () => {
  expect([0, 1, 2, 1.5].map((count) => counted(count, 'step'))).toEqual(['0 steps', '1 step', '2 steps', '1.5 steps'])
})

test('a count is written as it is told', () => {
  expect(counted(2000, 'state', (count) => count.toLocaleString('en-US'))).toBe('2,000 states')
})
