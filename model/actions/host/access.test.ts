import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

const host = (scope: ScopeInput): ManualMachine =>
  new ManualMachine(machineFrom(must(makeScope(scope)), presets['linux-7.2'], withParts('hostAccess'), idleHost))
const write = 'host.access gfn=1 access=write'

test('a page that the host touches gets a frame for its shared side, if it has none', () => {
  const hand = host({})
  hand.state.sharedFrame[1] = 0
  hand.state.owner[1] = 0
  hand.take(write)
  expect([hand.state.sharedFrame[1], hand.state.hva[1]]).toEqual([2, 1])
})

test('a private page that the host has mapped in place keeps its one frame', () => {
  const hand = host({ backing: 'in-place', start: 'private' })
  hand.state.hva[1] = 1
  hand.take(write)
  expect([hand.state.sharedFrame[1], hand.state.privateFrame[1], hand.machine.event.gfn]).toEqual([0, 2, 1])
})
