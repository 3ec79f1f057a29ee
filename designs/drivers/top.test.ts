import { describe, expect, test } from 'vitest'
import { leafAt } from '../../model/memory/page-table.js'
import type { Driver } from '../design.js'
import { accounts, container, mapCall, mappings, unmapCall } from '../testing/driver-calls.js'
import { iommufd } from './iommufd.js'
import { iommufdCompat } from './iommufd-compat.js'
import { type1v1, type1v2 } from './vfio-type1.js'

// A guest whose last page is the last of all 64-bit DMA addresses.

const type1 = [type1v2, type1v1].map((driver) => [driver.name, driver] as const)
const missing = (driver: Driver) => container(driver, { endsAtTop: true }, { topMapping: 'missed' })

describe.each(type1)('%s of Linux 6.12', (_, driver) => {
  test('an unmap that ends at the top finds no mapping, wherever it begins', () => {
    const calls = missing(driver)
    calls.call(mapCall(2, 1))
    calls.call(mapCall(7, 1))
    const before = calls.state.bytes.slice()
    for (const first of [0, 2, 6, 7]) {
      expect(calls.call(unmapCall(first, 8 - first))).toBe('ok')
      expect(calls.state.bytes).toEqual(before)
    }
  })

  test('other mappings are unmapped as ever', () => {
    const calls = missing(driver)
    calls.call(mapCall(2, 2))
    calls.call(mapCall(6, 2))
    expect([calls.call(unmapCall(2, 2)), mappings(calls), accounts(calls)]).toEqual(['ok', [[6, 2]], [1, 1, 2, 2]])
  })

  test('an unmap that begins with the mapping at the top finds none, and one that comes to it forgets it', () => {
    const calls = missing(driver)
    calls.call(mapCall(2, 1))
    calls.call(mapCall(5, 3))
    expect([calls.call(unmapCall(4, 3)), mappings(calls)]).toEqual([
      'ok',
      [
        [2, 1],
        [5, 3],
      ],
    ])
    expect([calls.call(unmapCall(2, 5)), mappings(calls), accounts(calls)]).toEqual(['ok', [], [0, 0, 3, 3]])
    const { machine, state } = calls
    expect([2, 5, 6, 7].map((gfn) => leafAt(machine, state, 0, gfn) !== 0)).toEqual([false, true, true, true])
  })

  test('where no mapping ends there, nothing differs', () => {
    const calls = missing(driver)
    const usual = container(driver)
    for (const call of [mapCall(4, 3), unmapCall(4, 3), mapCall(1, 2), unmapCall(0, 7)]) {
      expect(calls.call(call)).toBe(usual.call(call))
      expect(calls.state.bytes).toEqual(usual.state.bytes)
    }
  })
})

test('a v2 unmap may cut the mapping at the top, and no other', () => {
  const calls = missing(type1v2)
  calls.call(mapCall(0, 3))
  calls.call(mapCall(4, 4))
  expect([calls.call(unmapCall(5, 2)), calls.call(unmapCall(0, 2)), calls.call(unmapCall(1, 4))]).toEqual([
    'ok',
    'EINVAL',
    'EINVAL',
  ])
})

test('Linux 7.2 and iommufd unmap what ends at the top as all else', () => {
  for (const driver of [type1v2, type1v1, iommufd, iommufdCompat]) {
    const calls = container(
      driver,
      { endsAtTop: true },
      { topMapping: driver.accounting === 'type1' ? 'found' : 'missed' },
    )
    const before = calls.state.bytes.slice()
    expect([calls.call(mapCall(4, 4)), calls.call(unmapCall(4, 4))]).toEqual(['ok', 'ok'])
    expect(calls.state.bytes).toEqual(before)
  }
})
