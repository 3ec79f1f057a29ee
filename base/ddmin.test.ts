import { expect, test } from 'vitest'
import { type Candidate, type DdminPosition, ddmin, withoutChunks } from './ddmin.js'

/** Minimises a list of numbers and counts how many candidates were run. */
function minimise(list: readonly number[], fails: (list: readonly number[]) => boolean, fixed = 0) {
  const candidates = (at: readonly number[], from: DdminPosition | undefined): Iterable<Candidate<number>> =>
    withoutChunks(at, from, fixed)
  const shrinking = ddmin(list, candidates)
  let runs = 0
  let turn = shrinking.next()
  while (turn.done !== true) {
    runs += 1
    turn = shrinking.next(fails(turn.value) ? turn.value : undefined)
  }
  return { list: turn.value, runs }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
const has = (...wanted: readonly number[]) => {
  return (list: readonly number[]) => wanted.every((one) => list.includes(one))
}

test('what is left is 1-minimal: it fails, and without any one element it does not', () => {
  for (let mask = 1; mask < 1 << 9; mask += 1) {
    const wanted = numbers(9).filter((one) => mask & (1 << one))
    expect(minimise(numbers(9), has(...wanted)).list).toEqual(wanted)
  }
})

test('an element that is needed only while another is there is left out in the end', () => {
  const fails = (list: readonly number[]) => list.includes(0) && (!list.includes(2) || list.includes(5))
  expect(minimise(numbers(8), fails).list).toEqual([0])
})

test('elements at the end that are fixed stay, needed or not', () => {
  expect(minimise(numbers(16), has(3), 2).list).toEqual([3, 14, 15])
})

test('it runs no more candidates than one pass of each size and one round of single elements takes', () => {
  const { list, runs } = minimise(numbers(256), has(7, 200))
  expect(list).toEqual([7, 200])
  expect(runs).toBeLessThan(40)
})

test('a list of which no candidate fails stays as it is, after three pairs and five single elements', () => {
  expect(minimise(numbers(5), () => false)).toEqual({ list: numbers(5), runs: 3 + 5 })
})
