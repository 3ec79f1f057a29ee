import { expect, test } from 'vitest'
import { ProofTimes } from './time-shares.js'

test('a proof has some times its share of the time, and never more than is left', () => {
  const weights = Array.from({ length: 1000 }, () => 1)
  const times = new ProofTimes(weights, 1000, 2)
  expect(times.secondsFor(0)).toBeCloseTo(100, 0) // a tenth, since its share is 2 seconds
  const two = new ProofTimes([1, 1], 10, 1)
  expect(two.secondsFor(0)).toBeCloseTo(10, 0)
  const over = new ProofTimes([1, 1], 0, 1)
  expect([over.secondsFor(0), over.secondsFor(1)]).toEqual([0, 0])
})

test('a heavy proof has more than a light one', () => {
  const weights = [1, ...Array.from({ length: 100 }, () => 1), 20]
  const times = new ProofTimes(weights, 100, 1)
  expect(times.secondsFor(101)).toBeGreaterThan(times.secondsFor(0) * 5)
})
