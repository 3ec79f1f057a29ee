import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { hitlessCutDriver } from '../../../designs/drivers/hitless-cut.js'
import { iommufd } from '../../../designs/drivers/iommufd.js'
import { iommufdReplace } from '../../../designs/drivers/iommufd-replace.js'
import { type1v1, type1v2 } from '../../../designs/drivers/vfio-type1.js'
import type { Driver } from '../../../designs/index.js'
import { machineFrom } from '../../../model/build-machine.js'
import { noParts } from '../../../model/machine/parts.js'
import { presets } from '../../../model/machine/platform.js'
import { makeScope } from '../../../model/machine/scope.js'
import { Phase } from '../../../model/machine/state.js'
import { idleHost } from '../../../model/plan/idle-host.js'
import type { Plan } from '../../../model/plan/plan.js'
import { ManualMachine } from '../../../model/testing/manual-machine.js'
import { failureOf } from '../../../properties/failure.js'
import { properties } from '../../../properties/index.js'

/** Maps pages 1 to 3 as one, unmaps a range, and says what accounts-balance has against it. */
function imbalance(driver: Driver, first: number, count: number, flaw = 'none'): string | undefined {
  const scope = must(makeScope({ pages: 4, pagesPerSuperpage: 2, calls: true, failures: 1 }))
  const { map, unmap, ...driven } = driver
  const host = { ...idleHost, ...driven, calls: { ...idleHost.calls, map, unmap } }
  const hand = new ManualMachine(machineFrom(scope, presets['linux-7.2'], noParts, host))
  expect(hand.call('host.map vcpu=0 iovfn=1 count=3 permissions=3 flaw=none')).toBe('ok')
  hand.take(`host.unmap vcpu=0 iovfn=${first} count=${count} flaw=${flaw}`)
  while (hand.state.phase[0] === Phase.Running) {
    if (hand.next() === undefined) hand.serveQueue()
    const failure = properties
      .filter(({ name }) => name === 'accounts-balance')
      .map((property) => failureOf(hand.machine, hand.state, property))
      .find((found) => found !== undefined)
    if (failure !== undefined) return failure.why
  }
  return undefined
}

const changed = (driver: Driver, change: (body: Plan) => Plan): Driver => ({
  ...driver,
  unmap: { ...driver.unmap, body: change(driver.unmap.body) },
})
const unchecked = (driver: Driver) => changed(driver, (body) => body.toSpliced(1, 1))

test('an unmap that takes a mapping beyond its range fails accounts-balance', () => {
  const taken = 'a call on page 2 took the mapping of pages 1 to 3'
  for (const driver of [type1v2, type1v1]) expect(imbalance(unchecked(driver), 2, 1)).toBe(taken)
})

test('an unmap of an empty or wrapping range that takes anything fails accounts-balance', () => {
  for (const flaw of ['empty', 'wraps']) {
    for (const driver of [iommufd, hitlessCutDriver]) {
      expect(imbalance(unchecked(driver), 1, 3, flaw)).toMatch('took the mapping of pages 1 to 3')
      expect(imbalance(driver, 1, 3, flaw)).toBeUndefined()
    }
  }
})

test('an unmap that is refused and clears leaves of the mapping that stays fails accounts-balance', () => {
  const clearFirst = changed(iommufd, (body) =>
    body.map((node) => {
      if (!('each' in node)) return node
      const [isolate, clear, ...rest] = node.body
      return { ...node, body: [clear, isolate, ...rest] }
    }),
  )
  expect(imbalance(clearFirst, 2, 1)).toMatch('page 1 has a mapping, a pin, no leaf')
})

test('type1 v1 takes the whole of a mapping whose first page it covers, as its rule says, and that balances', () => {
  expect(imbalance(type1v1, 0, 2)).toBeUndefined()
  expect(imbalance({ ...type1v1, unmapsWhole: false }, 0, 2)).toBe(
    'a call on pages 0 to 1 took the mapping of pages 1 to 3',
  )
})

test('an unmap that would cut a mapping leaves it whole with every driver that refuses', () => {
  for (const driver of [type1v2, type1v1, iommufd, iommufdReplace]) {
    expect([imbalance(driver, 2, 1), imbalance(driver, 2, 2)]).toEqual([undefined, undefined])
  }
  expect(imbalance(iommufdReplace, 0, 2)).toBeUndefined()
})
