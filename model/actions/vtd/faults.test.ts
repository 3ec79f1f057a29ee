import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { FaultReason } from '../../machine/effects.js'
import { noParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import { isSuppressed } from './faults.js'

function suppressed(reason: number, cached: number, platform: Partial<Platform> = {}): boolean {
  const given = { ...presets['linux-7.2'], faultAfterRead: 'suppressed', ...platform } as const
  const m = machineFrom(must(makeScope({})), given, noParts, idleHost)
  m.event.cached = cached
  return isSuppressed(m, reason)
}

test('a fault of rights that a cached entry shows is not recorded where the platform says so; others are', () => {
  expect([FaultReason.NoWrite, FaultReason.NoRead].map((reason) => suppressed(reason, 1))).toEqual([true, true])
  expect(suppressed(FaultReason.NotPresent, 1)).toBe(false)
  expect(suppressed(FaultReason.NoWrite, 0)).toBe(false)
  expect(suppressed(FaultReason.NoWrite, 1, { faultAfterRead: 'recorded' })).toBe(false)
})

test('a unit with fault processing disabled records nothing', () => {
  expect(suppressed(FaultReason.NotPresent, 0, { faultProcessingDisable: true })).toBe(true)
})
