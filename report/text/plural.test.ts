import { expect, test } from 'vitest'
import { plural } from './plural.js'

test('one is singular; none, several and fractions are plural', () => {
  expect([0, 1, 2, 1.5].map((count) => `${count} ${plural(count, 'step')}`)).toEqual([
    '0 steps',
    '1 step',
    '2 steps',
    '1.5 steps',
  ])
})
