import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { iommufd, iommufdBeside } from '../../../designs/drivers/iommufd.js'
import { type1v2 } from '../../../designs/drivers/vfio-type1.js'
import type { Driver } from '../../../designs/index.js'
import { failing } from '../../../model/actions/relation.js'
import { machineFrom } from '../../../model/build-machine.js'
import { Failure } from '../../../model/machine/action.js'
import { Errno } from '../../../model/machine/errno.js'
import { noParts } from '../../../model/machine/parts.js'
import { presets } from '../../../model/machine/platform.js'
import { makeScope } from '../../../model/machine/scope.js'
import { Phase } from '../../../model/machine/state.js'
import { idleHost } from '../../../model/plan/idle-host.js'
import { ManualMachine } from '../../../model/testing/manual-machine.js'
import { errorsAsDocumented } from '../../../properties/errors.js'
import { iommufdUnmapBusy } from '../../../spec/index.js'

function callerOf({ map, unmap, ...driver }: Driver, vcpus = 1): ManualMachine {
  const scope = must(makeScope({ pages: 2, pagesPerSuperpage: 2, calls: true, failures: 1, vcpus }))
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
function end(hand: ManualMachine, vcpu = 0) {
  const { machine: m, state: s } = hand
  let isDocumented = true
  while (s.phase[vcpu] === Phase.Running) {
    if (hand.next(vcpu) === undefined) hand.serveQueue()
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

describe('while another caller maps an area, without the lock of the container', () => {
  const unmap = 'host.unmap vcpu=1 iovfn=0 count=1 flaw=none'

  /** vCPU 0 has its area in the tree, and no page of it. */
  function mapping(hand = callerOf(iommufdBeside, 2)): ManualMachine {
    hand.take('host.map vcpu=0 iovfn=0 count=1 permissions=3 flaw=none')
    for (const step of [/^lock.acquire/, /^iommufd.map/, /^lock.release/]) expect(hand.next()).toMatch(step)
    return hand
  }

  /** The same; a map of that page by vCPU 1 is refused, and vCPU 0 pins the page before this call returns. */
  function refusing(): ManualMachine {
    const hand = mapping()
    hand.take('host.map vcpu=1 iovfn=0 count=1 permissions=3 flaw=none')
    for (const step of [/^lock.acquire/, /^iommufd.map/]) expect(hand.next(1)).toMatch(step)
    expect(hand.next(0)).toMatch(/^iommufd.pin-page/)
    return hand
  }

  test('an unmap of that area fails with EBUSY, and succeeds when the map is done', () => {
    const hand = mapping()
    expect(hand.call(unmap, 1)).toBe('EBUSY')
    expect(failing[hand.machine.event.callCause].rule).toBe(iommufdUnmapBusy)
    hand.finish()
    expect(hand.state.mapOf[0]).toBe(1)
    expect(hand.call(unmap, 1)).toBe('ok')
    expect([...hand.state.mapOf]).toEqual([0, 0])
  })

  test('the area is busy until the undo of a failed map has taken it out', () => {
    const hand = mapping()
    hand.take('host.fail-next vcpu=0 what=pin')
    expect(hand.next()).toMatch(/^iommufd.pin-page/)
    expect(hand.call(unmap, 1)).toBe('EBUSY')
    hand.finish()
    expect(hand.call(unmap, 1)).toBe('ENOENT')
  })

  test('an unmap of another area does not wait for it', () => {
    const hand = callerOf(iommufdBeside, 2)
    hand.call('host.map vcpu=1 iovfn=1 count=1 permissions=3 flaw=none', 1)
    expect(mapping(hand).call('host.unmap vcpu=1 iovfn=1 count=1 flaw=none', 1)).toBe('ok')
  })

  test('a call that fails does not answer for the pin that the map takes meanwhile', () => {
    const hand = refusing()
    expect(end(hand, 1)).toMatchObject({ isDocumented: true, errno: Errno.EEXIST })
    hand.finish()
    expect([hand.state.pinnedPages[0], hand.state.mappings[0]]).toEqual([1, 1])
  })

  test('a call that fails and leaves a pin of its own is not as documented', () => {
    const hand = refusing()
    hand.force('mm.pin-page vcpu=1 iovfn=1')
    expect(end(hand, 1).isDocumented).toBe(false)
  })
})
