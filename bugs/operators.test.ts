import { describe, expect, test } from 'vitest'
import { findDesign } from '../designs/index.js'
import { nodeNames } from '../model/plan/node-names.js'
import {
  argument,
  at,
  drop,
  duplicate,
  ignoreErrno,
  moveAfter,
  moveBefore,
  noRollback,
  returnAfter,
  swap,
} from './operators.js'
import { planOf, type Subject } from './subject.js'
import { zero } from './values.js'

function subject(): Subject {
  const design = findDesign('on-demand-4k')
  const driver = design?.drivers[0]
  if (design === undefined || driver === undefined) throw new Error('on-demand-4k is gone')
  return { design, driver }
}

const unmapping = 'each mapped page of chunk'
const before = ['lock.acquire vm', unmapping, 'call set-private on chunk', 'call discard-shared on chunk']
const listed = (change: ReturnType<typeof drop>) => nodeNames(planOf(change.apply(subject()), 'toPrivate'))
const [lock, , attribute, discard, unlock] = [...before, 'lock.release vm']

test('each operator changes the one list that it names', () => {
  expect(nodeNames(planOf(subject(), 'toPrivate'))).toEqual([...before, unlock])
  expect(listed(drop(at('toPrivate', unmapping)))).toEqual([lock, attribute, discard, unlock])
  expect(listed(duplicate(at('toPrivate', unmapping)))).toContain(`${unmapping} (2)`)
  const moved = [lock, attribute, discard, unmapping, unlock]
  expect(listed(moveAfter(at('toPrivate', unmapping), discard))).toEqual(moved)
  expect(listed(moveBefore(at('toPrivate', unmapping), unlock))).toEqual(moved)
  expect(listed(swap(at('toPrivate', unmapping), discard))).toEqual([lock, discard, attribute, unmapping, unlock])
  expect(listed(returnAfter(at('toPrivate', unmapping)))).toEqual([lock, unmapping, unlock])
})

test('the subject itself stays as it is', () => {
  const given = subject()
  const plan = planOf(given, 'toPrivate')
  drop(at('toPrivate', unmapping)).apply(given)
  expect(planOf(given, 'toPrivate')).toBe(plan)
})

describe('a place that is not there is an error that lists what is', () => {
  test('for a node', () => {
    expect(() => listed(drop(at('toPrivate', 'iommu.wait')))).toThrow(/no 'iommu\.wait' among: lock\.acquire vm · each/)
  })

  test('for a second node', () => {
    expect(() => listed(moveBefore(at('toPrivate', unmapping), 'iommu.wait'))).toThrow(/no 'iommu\.wait' among/)
  })

  test('for a plan', () => {
    expect(() => drop(at('added after', 'iommu.wait')).apply(subject())).toThrow(/has no plan added after/)
  })

  test('for a parameter', () => {
    const place = at('map', 'each page of call', 'mm.pin-page')
    expect(() => argument(place, 'count', zero).apply(subject())).toThrow(/no parameter count; it has iovfn/)
  })

  test('for a call', () => {
    expect(() => listed(ignoreErrno(at('toPrivate', unmapping)))).toThrow(/neither a call nor a step/)
  })

  test('for a rollback', () => {
    const twice = () => noRollback('undoPrivate').apply(noRollback('undoPrivate').apply(subject()))
    expect(twice).toThrow(/undoPrivate is empty already/)
  })
})
