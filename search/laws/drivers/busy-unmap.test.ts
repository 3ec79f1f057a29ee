import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { iommufd } from '../../../designs/drivers/iommufd.js'
import { type1v2 } from '../../../designs/drivers/vfio-type1.js'
import type { Driver } from '../../../designs/index.js'
import { machineFrom } from '../../../model/build-machine.js'
import { Failure } from '../../../model/machine/action.js'
import { noParts } from '../../../model/machine/parts.js'
import { presets } from '../../../model/machine/platform.js'
import { makeScope } from '../../../model/machine/scope.js'
import { Phase } from '../../../model/machine/state.js'
import { idleHost } from '../../../model/plan/idle-host.js'
import { ManualMachine } from '../../../model/testing/manual-machine.js'
import { errorsAsDocumented } from '../../../properties/errors.js'

function callerOf({ map, unmap, ...driver }: Driver): ManualMachine {
  const scope = must(makeScope({ pages: 2, pagesPerSuperpage: 2, calls: true, failures: 1, vcpus: 1 }))
  const host = { ...idleHost, ...driver, calls: { ...idleHost.calls, map, unmap } }
  return new ManualMachine(machineFrom(scope, presets['linux-7.2'], noParts, host))
}

/** Maps two pages as two areas, and unmaps both; the unmap fails at a step, named as it is printed. */
function unmapFailing(driver: Driver, before: string): ManualMachine {
  const hand = callerOf(driver)
  for (const page of [0, 1]) hand.call(`host.map vcpu=0 iovfn=${page} count=1 permissions=3 flaw=none`)
  hand.take('host.unmap vcpu=0 iovfn=0 count=2 flaw=none')
  while (!hand.can(before)) if (hand.next() === undefined) hand.serveQueue()
  hand.take('host.fail-next vcpu=0 what=unmap')
  return hand
}

/** Continues to the end of the call. @returns what errors-as-documented says of it, and the areas that are left */
function end(hand: ManualMachine) {
  const { machine: m, state: s } = hand
  let isDocumented = true
  while (s.phase[0] === Phase.Running) {
    if (hand.next() === undefined) hand.serveQueue()
    isDocumented &&= errorsAsDocumented.holdsAfter?.(m, s) === true
  }
  return { isDocumented, mapped: [...s.mapOf], errno: m.event.callFailed }
}

const second = 'iommufd.isolate-area vcpu=0 iovfn=1 count=1'

test('an unmap that meets a busy area fails there with EBUSY: those before are gone, as documented', () => {
  const hand = unmapFailing(iommufd, second)
  expect(hand.can(second)).toBe(true)
  expect(hand.state.mapOf[0]).toBe(0)
  expect(end(hand)).toMatchObject({ isDocumented: true, mapped: [0, 2] })
})

test('an unmap that fails with EBUSY and has taken the busy area is not as documented', () => {
  const hand = unmapFailing(iommufd, second)
  hand.force('container.remove-mapping vcpu=0 iovfn=1 count=1')
  expect(end(hand).isDocumented).toBe(false)
})

test('an unmap of type1 has nothing that could fail', () => {
  const whatFails = (driver: Driver) => callerOf(driver).machine.failures
  expect(whatFails(iommufd)).toContain(Failure.Unmap)
  expect(whatFails(type1v2)).not.toContain(Failure.Unmap)
})

test('the end of a container meets no busy area', () => {
  const hand = unmapFailing(iommufd, second)
  hand.state.closed[0] = 1
  expect(end(hand).mapped).toEqual([0, 0])
})
