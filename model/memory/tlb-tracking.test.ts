import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { type Part, withParts } from '../machine/parts.js'
import { presets } from '../machine/platform.js'
import { makeScope, type ScopeInput } from '../machine/scope.js'
import { Sept } from '../machine/state.js'
import { idleHost } from '../plan/idle-host.js'
import { ManualMachine } from '../testing/manual-machine.js'
import * as tracking from './tlb-tracking.js'

const { vcpuKey, vcpuKeyGfn, vcpuKeyIsPrivate } = tracking

function machine(scope: ScopeInput = {}, ...parts: readonly Part[]) {
  const given = must(makeScope({ vcpuTlbEntries: 2, ...scope }))
  const made = machineFrom(given, presets['linux-7.2'], withParts('secureEpt', 'content', ...parts), idleHost)
  return { m: made, s: new ManualMachine(made).state }
}

test('a key says its page and its side, and 0 is no key', () => {
  for (const gfn of [0, 1, 5]) {
    for (const isPrivate of [true, false]) {
      const key = vcpuKey(gfn, isPrivate)
      expect([key > 0, vcpuKeyGfn(key), vcpuKeyIsPrivate(key)]).toEqual([true, gfn, isPrivate])
    }
  }
})

test('a vCPU that leaves the guest loses its translations and owes no flush, and no other vCPU does', () => {
  const { m, s } = machine({}, 'cpuFlush')
  s.vcpuTlb.set([vcpuKey(2, true), vcpuKey(1, false), vcpuKey(0, true), 0])
  s.vcpuTlbFrame.set([1, 2, 3, 0])
  s.epoch.set([2, 2])
  s.flushOwed.set([1, 1])
  m.touched.clear()
  tracking.leaveGuest(m, s, 0)
  expect([[...s.vcpuTlb], [...s.vcpuTlbFrame]]).toEqual([
    [0, 0, vcpuKey(0, true), 0],
    [0, 0, 3, 0],
  ])
  expect([[...s.epoch], [...s.flushOwed], m.touched.mask]).toEqual([[0, 2], [0, 1], 0b0110])
})

test('a vCPU that leaves the guest without a translation touches no page', () => {
  const { m, s } = machine()
  s.epoch.set([1, 1])
  s.vcpuTlb.set([0, 0, vcpuKey(0, true), 0])
  m.touched.clear()
  tracking.leaveGuest(m, s, 0)
  expect([m.touched.count, [...s.epoch]]).toEqual([0, [0, 1]])
  tracking.leaveGuest(m, s, 1)
  expect([m.touched.count, m.touched.mask]).toEqual([1, 0b0001])
})

test('a vCPU that enters is in the current epoch, and one that is inside stays in its own', () => {
  const { s } = machine()
  s.epoch.set([0, 2])
  for (const vcpu of [0, 1]) tracking.enterGuest(s, vcpu)
  expect([...s.epoch]).toEqual([1, 2])
})

test('a translation is of one vCPU, page and side', () => {
  const { m, s } = machine()
  s.vcpuTlb[3] = vcpuKey(2, true)
  const has = (vcpu: number, gfn: number, isPrivate: boolean) => tracking.hasTranslation(m, s, vcpu, gfn, isPrivate)
  expect([has(1, 2, true), has(0, 2, true), has(1, 1, true), has(1, 2, false)]).toEqual([true, false, false, false])
})

test('a page is being invalidated from the first to the last of a range, by any vCPU', () => {
  const { m, s } = machine()
  s.invalidating.set([0, 0, 1, 3])
  expect([0, 1, 2, 3].map((gfn) => tracking.beingInvalidated(m, s, gfn))).toEqual([false, true, true, false])
})

describe('a shared side that goes', () => {
  const cached = (...parts: readonly Part[]) => {
    const one = machine({}, ...parts)
    one.s.sharedEpt.fill(1)
    one.s.vcpuTlb.set([vcpuKey(2, false), vcpuKey(1, false), vcpuKey(1, true), vcpuKey(1, false)])
    return one
  }

  test('leaves the EPT and every vCPU, which keep other pages and the private side', () => {
    const { m, s } = cached()
    tracking.dropShared(m, s, 1)
    expect([[...s.sharedEpt], [...s.vcpuTlb]]).toEqual([
      [1, 0, 1, 1],
      [vcpuKey(2, false), 0, vcpuKey(1, true), 0],
    ])
  })

  test('stays with vCPUs where a flush is in parts', () => {
    const { m, s } = cached('cpuFlush')
    const before = [...s.vcpuTlb]
    tracking.dropShared(m, s, 1)
    expect([s.sharedEpt[1], [...s.vcpuTlb]]).toEqual([0, before])
  })

  test('makes a fault stale that found it, and no fault of another page or side', () => {
    const { m, s } = machine({ vcpus: 3 })
    s.faultGfn.set([2, 2, 3])
    s.faultShared.set([1, 0, 1])
    tracking.notifyShared(m, s, 1)
    expect([...s.faultStale]).toEqual([1, 0, 0])
  })

  test('makes a fault that found a frame forget it, where memory may be taken out of its file at any moment', () => {
    const { m, s } = machine({ reclaim: true })
    s.faultGfn.set([2, 2])
    s.faultShared.fill(tracking.foundShared(m, s, 1))
    expect([s.faultShared[0], tracking.hasLostFrame(m, s, 0)]).toEqual([s.sharedFrame[1] + 1, false])
    s.sharedFrame[1] += 1
    expect(tracking.hasLostFrame(m, s, 0)).toBe(true)
    tracking.notifyShared(m, s, 1)
    expect([tracking.hasLostFrame(m, s, 0), [...s.faultShared]]).toEqual([false, [1, 1]])
  })

  test('is the frame of the shared backing, or in place that of the page, whichever its owner', () => {
    const [separate, inPlace] = [machine({ start: 'private' }), machine({ start: 'private', backing: 'in-place' })]
    expect([tracking.sharedSide(separate.m, separate.s, 1), tracking.sharedSide(inPlace.m, inPlace.s, 1)]).toEqual([
      0, 2,
    ])
  })
})

describe('TRACK', () => {
  test('has passed for a page at the second epoch, or at the first when no vCPU is in the previous one', () => {
    const { m, s } = machine()
    const tracked = (age: number, ...epochs: readonly number[]) => {
      s.blockedAge[1] = age
      s.epoch.set(epochs)
      return tracking.isTracked(m, s, 1)
    }
    expect([tracked(0, 1, 1), tracked(1, 1, 1), tracked(1, 0, 2), tracked(2, 2, 2)]).toEqual([false, true, false, true])
  })

  test('ages the blocked pages of the window alone, to two at most, and closes a window without any', () => {
    const { s } = machine()
    s.sept.set([Sept.Blocked, Sept.PendingBlocked, Sept.Mapped, Sept.Blocked])
    s.blockedWindow.set([0, 3])
    for (const ages of [
      [1, 1, 0, 0],
      [2, 2, 0, 0],
      [2, 2, 0, 0],
    ]) {
      tracking.ageBlocked(s)
      expect([[...s.blockedAge], [...s.blockedWindow]]).toEqual([ages, [0, 3]])
    }
    s.blockedWindow.set([2, 3])
    tracking.ageBlocked(s)
    expect([...s.blockedWindow]).toEqual([0, 0])
  })
})

test('the window of blocked pages is their hull, and closes from both ends', () => {
  const { s } = machine()
  const windowAfter = (change: () => unknown) => {
    change()
    return [...s.blockedWindow]
  }
  expect(windowAfter(() => tracking.noteBlocked(s, 2))).toEqual([2, 3])
  expect(windowAfter(() => tracking.noteBlocked(s, 1))).toEqual([1, 3])
  expect(windowAfter(() => tracking.noteBlocked(s, 3))).toEqual([1, 4])
  expect(windowAfter(() => tracking.noteBlocked(s, 2))).toEqual([1, 4])
  s.sept.set([Sept.Free, Sept.Free, Sept.PendingBlocked, Sept.Pending])
  expect(windowAfter(() => tracking.shrinkBlocked(s))).toEqual([2, 3])
  s.sept.fill(Sept.Mapped)
  expect(windowAfter(() => tracking.shrinkBlocked(s))).toEqual([0, 0])
})
