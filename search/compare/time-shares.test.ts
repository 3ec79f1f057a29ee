import { expect, test } from 'vitest'
import type { MachineConfigInput } from '../machine-config.js'
import { proofs } from './exhaustive-matrix.js'
import { ProofTimes, weightOf } from './time-shares.js'

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

test('at the larger sizes, pages weigh more than a failure does, and several platforms little', () => {
  const ofDesign = proofs(['on-demand-4k']).filter(({ setup }) => setup.driver === 'type1v2')
  const weightWhere = (wanted: (setup: MachineConfigInput) => boolean) => {
    const found = ofDesign.find(({ setup }) => setup.scope.backing === 'separate' && wanted(setup))
    if (found === undefined) throw new Error('the design has such a proof')
    return weightOf(found)
  }
  const plain = weightWhere(({ parts }) => parts?.includes('faultCount') === true)
  const failing = weightWhere(({ scope }) => scope.failures === 1)
  const [one] = ofDesign
  if (one === undefined) throw new Error('on-demand-4k is among the proofs')
  expect(failing).toBeLessThan(plain / 5)
  expect(weightOf(one) / weightOf({ ...one, platforms: one.platforms.slice(0, 1) })).toBeLessThan(2)
})
