import { describe, expect, test } from 'vitest'
import {
  attributesSlotsLock,
  type Rule,
  septOperandBusy,
  trackAdvancesEpoch,
  trackEpochBusy,
  trackLockBusy,
  trackWaitsForIommus,
} from '../../spec/index.js'
import { linux72 } from '../../spec/sources.js'
import { addCoverage, failureCoverage, rowCoverage, ruleCoverage } from './coverage.js'
import { Coverage, failing, firstFailing, kindIndex, rows } from './relation.js'

const track = kindIndex('tdh.mem.track')
const times = (coverage: Coverage, rule: Rule, others: Parameters<typeof ruleCoverage>[1] = []) =>
  ruleCoverage(coverage, others).find((one) => one.rule === rule)?.times

function covered(taken: number, busy: number): Coverage {
  const coverage = new Coverage()
  coverage.taken[track] = taken
  coverage.failed[firstFailing[track]] = busy
  return coverage
}

describe('a rule is exercised', () => {
  test('when a row that cites it is taken, but not when that row fails', () => {
    expect(times(covered(3, 0), trackAdvancesEpoch)).toBe(3)
    expect(times(covered(0, 3), trackAdvancesEpoch)).toBe(0)
  })

  test('when the failure that names it is met, but not when the row succeeds', () => {
    expect(times(covered(0, 2), trackEpochBusy)).toBe(2)
    expect(times(covered(2, 0), trackEpochBusy)).toBe(0)
  })

  test('when a property that cites it was witnessed', () => {
    const rule = { id: 'test.rule/only-here', statement: 'A.', force: 'must', source: linux72, at: 'here' } as const
    expect(times(new Coverage(), rule, [{ rules: [rule], witnessed: true }])).toBe(1)
    expect(times(new Coverage(), rule, [{ rules: [rule], witnessed: false }])).toBe(0)
    expect(times(new Coverage(), rule)).toBeUndefined()
  })
})

test('every row and every way to fail is in the report, injected ones marked', () => {
  const coverage = covered(1, 2)
  expect(rowCoverage(coverage)).toHaveLength(rows.length)
  expect(rowCoverage(coverage).find(({ kind }) => kind === 'tdh.mem.track')?.taken).toBe(1)
  expect(failureCoverage(coverage).filter(({ kind }) => kind === 'tdh.mem.track')).toEqual([
    { kind: 'tdh.mem.track', rule: trackEpochBusy, injected: false, met: 2 },
    { kind: 'tdh.mem.track', rule: trackWaitsForIommus, injected: false, met: 0 },
    { kind: 'tdh.mem.track', rule: trackLockBusy, injected: true, met: 0 },
  ])
})

test('the coverage of two runs is their sum', () => {
  const sum = covered(1, 2)
  addCoverage(sum, covered(10, 20))
  expect([times(sum, trackAdvancesEpoch), times(sum, trackEpochBusy)]).toEqual([11, 22])
})

test('rules are reported once each, in the order of their ids', () => {
  const ids = ruleCoverage(new Coverage()).map(({ rule }) => rule.id)
  expect(ids).toEqual([...new Set(ids)].sort())
  expect(ids).toEqual(expect.arrayContaining([attributesSlotsLock.id, septOperandBusy.id]))
})

test('the failures of a row stand together, from its first on', () => {
  for (const [kind, row] of rows.entries()) {
    const own = (row.fails?.length ?? 0) + ('mayFail' in row && row.mayFail ? 1 : 0)
    const first = firstFailing[kind]
    expect(failing.slice(first, first + own).every((one) => one.kind === kind)).toBe(true)
    expect(failing.filter((one) => one.kind === kind)).toHaveLength(own)
  }
})
