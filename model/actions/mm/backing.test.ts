import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { noParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Owner } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

const host = (scope: ScopeInput): ManualMachine =>
  new ManualMachine(machineFrom(must(makeScope(scope)), presets['linux-7.2'], noParts, idleHost))
const able = (hand: ManualMachine, kind: string) => [0, 1, 2, 3].filter((page) => hand.can(`${kind} gfn=${page}`))

test('a page is reclaimed that has a frame without a pin, and is memory', () => {
  const hand = host({ reclaim: true, devicePages: 1 })
  hand.state.sharedFrame[0] = 0
  hand.force('mm.pin-page vcpu=0 iovfn=1')
  expect(able(hand, 'mm.reclaim')).toEqual([2])
  hand.take('mm.reclaim gfn=2')
  expect([hand.state.sharedFrame[2], hand.state.owner[2], able(hand, 'mm.reclaim')]).toEqual([0, Owner.Free, []])
})

test('nothing is reclaimed where the scope does not say so, nor in place', () => {
  for (const scope of [{}, { reclaim: true, backing: 'in-place' }] as const) {
    expect(able(host(scope), 'mm.reclaim')).toEqual([])
  }
})

test('a page of the file is cut off as often as the scope says, pinned or not, unless the file is sealed', () => {
  const hand = host({ truncations: 2, devicePages: 1 })
  hand.force('mm.pin-page vcpu=0 iovfn=1')
  expect(able(hand, 'mm.truncate')).toEqual([0, 1, 2])
  hand.take('mm.truncate gfn=1')
  expect([hand.state.orphans[1], hand.state.owner[1], able(hand, 'mm.truncate')]).toEqual([1, Owner.Host, [0, 2]])
  hand.take('mm.truncate gfn=0')
  expect([hand.state.orphans[0], hand.state.owner[0], able(hand, 'mm.truncate')]).toEqual([0, Owner.Free, []])
  const sealed = host({ truncations: 1 })
  sealed.force('shmem.seal vcpu=0')
  expect([able(sealed, 'mm.truncate'), able(host({}), 'mm.truncate')]).toEqual([[], []])
})
