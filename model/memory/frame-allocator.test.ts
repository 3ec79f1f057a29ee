import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { machineFrom } from '../build-machine.js'
import { withParts } from '../machine/parts.js'
import { presets } from '../machine/platform.js'
import { makeScope, type ScopeInput } from '../machine/scope.js'
import { Owner, Tag } from '../machine/state.js'
import { idleHost } from '../plan/idle-host.js'
import { ManualMachine } from '../testing/manual-machine.js'
import { allocatePrivate, allocateShared } from './frame-allocator.js'
import { isPrivateFrameTaken } from './private-frames.js'

/** Four pages, whose frames are all free, and were written to by a device. */
function machine(scope: ScopeInput = {}) {
  const parts = withParts('secureEpt', 'content')
  const made = machineFrom(must(makeScope(scope)), presets['linux-7.2'], parts, idleHost)
  const { state: s } = new ManualMachine(made)
  s.owner.fill(Owner.Free)
  s.tag.fill(Tag.Device)
  return { m: made, s }
}

describe('a page that has frames of its own', () => {
  test('gets the first of two for its shared side that is free and not pinned, and none beyond', () => {
    const { m, s } = machine()
    expect([allocateShared(m, s, 1), allocateShared(m, s, 1), allocateShared(m, s, 1)]).toEqual([2, 6, 0])
    expect([...s.owner].flatMap((owner, frame) => (owner === Owner.Host ? [frame] : []))).toEqual([1, 5])
    const pinned = machine()
    pinned.s.pins[1] = 1
    expect(allocateShared(pinned.m, pinned.s, 1)).toBe(6)
  })

  test('gets one for its private side, which the TD owns', () => {
    const { m, s } = machine()
    expect([allocatePrivate(m, s, 1), s.owner[9], allocatePrivate(m, s, 1)]).toEqual([10, Owner.Td, 0])
  })
})

test('whether the private frame of a page is taken is asked of its own alone, and not where it has one', () => {
  const { m, s } = machine()
  s.owner.fill(Owner.Td)
  s.pins.fill(1)
  s.owner[9] = Owner.Free
  s.pins[9] = 0
  expect(isPrivateFrameTaken(m, s, 1)).toBe(false)
  s.pins[9] = 1
  expect(isPrivateFrameTaken(m, s, 1)).toBe(true)
  s.pins[9] = 0
  s.owner[9] = Owner.Td
  expect(isPrivateFrameTaken(m, s, 1)).toBe(true)
  s.privateFrame[1] = 10
  expect(isPrivateFrameTaken(m, s, 1)).toBe(false)
})

test('a frame is handed out cleared, and no other frame is', () => {
  const { m, s } = machine()
  allocateShared(m, s, 1)
  allocatePrivate(m, s, 2)
  expect([...s.tag].flatMap((tag, frame) => (tag === Tag.Zero ? [frame] : []))).toEqual([1, 10])
})

test('a pool hands out the frame that was chosen, once, if it is free; else the first that is', () => {
  const { m, s } = machine({ frames: 'pool' })
  s.nextFrame[0] = 5
  expect([allocateShared(m, s, 0), allocateShared(m, s, 1), s.owner[4], s.owner[0]]).toEqual([
    5,
    1,
    Owner.Host,
    Owner.Host,
  ])
  s.nextFrame[0] = 5
  expect([allocatePrivate(m, s, 0), s.nextFrame[0], s.owner[1]]).toEqual([2, 0, Owner.Td])
  s.owner.fill(Owner.Host)
  expect([allocateShared(m, s, 0), allocatePrivate(m, s, 0)]).toEqual([0, 0])
})

test('the next frame of a pool may be any that is free and not pinned, chosen once', () => {
  const made = machineFrom(must(makeScope({ frames: 'pool' })), presets['linux-7.2'], withParts(), idleHost)
  const hand = new ManualMachine(made)
  const { state: s } = hand
  s.owner.set([Owner.Free, Owner.Host, Owner.Free])
  s.pins[2] = 1
  const can = (frame: number) => hand.can(`host.choose-frame frame=${frame}`)
  expect([0, 1, 2].map(can)).toEqual([true, false, false])
  hand.take('host.choose-frame frame=0')
  expect([s.nextFrame[0], can(0)]).toEqual([1, false])
})
