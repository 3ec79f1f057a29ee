import { expect, test } from 'vitest'
import { walkedJson } from '../json/random-walk.js'
import { walkedText } from './random-walk.js'

const walks = [
  { steps: 1500, runs: 30, seconds: 1, failed: 0 },
  { steps: 500, runs: 10, seconds: 1, failed: 2 },
]

test('as JSON, walks are the steps and seconds of all of them', () => {
  expect(JSON.parse(walkedJson(walks))).toEqual({ steps: 2000, seconds: 2 })
})

test('as text, walks say how fast they were, and that one of them failed', () => {
  expect(walkedText(walks)).toBe('2,000 steps in 2.00 s (1,000 a second); violated\n')
  expect(walkedText(walks.slice(0, 1))).toContain('; nothing failed')
})
