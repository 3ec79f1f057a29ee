import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { noParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Phase } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import type { Host } from '../../plan/plan.js'
import { ManualMachine } from '../../testing/manual-machine.js'

const host = (scope: ScopeInput, more: Partial<Host> = {}): ManualMachine =>
  new ManualMachine(machineFrom(must(makeScope(scope)), presets['linux-7.2'], noParts, { ...idleHost, ...more }))
const [lock, change] = ['mm.lock-elsewhere', 'vmm.change-process']

/** Pages that another process comes to lock, where the VMM has so many locked. */
function lockedElsewhere(scope: ScopeInput, byVmm: number, memlock: Host['memlock'] = 'process'): number {
  const hand = host(scope, { memlock })
  hand.state.lockedPages[0] = byVmm
  for (let taken = 0; hand.can(lock) && taken < 9; taken += 1) hand.take(lock)
  return hand.state.lockedElsewhere[0] ?? 0
}

test('another process locks as many pages as the scope says, within a limit of its own', () => {
  expect(lockedElsewhere({ lockedElsewhere: 3 }, 2)).toBe(3)
  expect(lockedElsewhere({ lockedElsewhere: 3, memlockLimit: 2 }, 2)).toBe(2)
  expect(host({}).can(lock)).toBe(false)
})

test('where the limit is that of the user, what the VMM has locked counts against it', () => {
  expect([0, 1, 2, 3].map((byVmm) => lockedElsewhere({ lockedElsewhere: 3, memlockLimit: 2 }, byVmm, 'user'))).toEqual([
    2, 1, 0, 0,
  ])
})

test('the VMM becomes another process once, while no call is under way', () => {
  const hand = host({ processes: true })
  hand.state.phase[1] = Phase.Running
  expect(hand.can(change)).toBe(false)
  hand.state.phase[1] = Phase.Idle
  hand.take(change)
  expect([hand.state.process[0], hand.can(change), host({}).can(change)]).toEqual([1, false, false])
})
