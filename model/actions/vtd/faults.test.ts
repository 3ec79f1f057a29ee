import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { architectures } from '../../machine/architectures/index.js'
import { FaultReason } from '../../machine/effects.js'
import { noParts, withParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { isSuppressed, recordFault } from '../../memory/fault-records.js'
import { idleHost } from '../../plan/idle-host.js'

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

test('DMA of a device without a domain is not recorded where the platform says so; other blocked DMA is', () => {
  const platform = { faultWithoutDomain: 'unrecorded' } as const
  const reasons = [FaultReason.NoContext, FaultReason.NotPresent]
  expect(reasons.map((reason) => suppressed(reason, 0, platform))).toEqual([true, false])
  expect(reasons.map((reason) => suppressed(reason, 0))).toEqual([false, false])
})

test('a unit records until its registers are full, and then nothing until software has read them', () => {
  const m = machineFrom(
    must(makeScope({ faultRecords: 2 })),
    presets['linux-7.2'],
    withParts('faultCount', 'faultRing'),
    idleHost,
  )
  const s = m.blankState()
  const record = (what: number) => {
    recordFault(m, s, 0, what)
    return [s.faults[0], s.overflow[0], ...s.faultRecord]
  }
  expect([record(7), record(8), record(9)]).toEqual([
    [1, 0, 7, 0],
    [2, 0, 7, 8],
    [2, 1, 7, 8],
  ])
  s.faults[0] = 0
  expect(record(9)).toEqual([0, 1, 7, 8])
  s.overflow[0] = 0
  expect(record(9)).toEqual([1, 0, 9, 8])
})

test('a record has three bits for a reason: what does not fit is recorded on no architecture', () => {
  const tooLarge = Object.values(FaultReason).filter((reason) => reason > 7)
  expect(tooLarge.length).toBeGreaterThan(0)
  for (const { architecture } of Object.values(presets)) {
    const met = tooLarge.filter((reason) => architectures[architecture].blockedReason === reason)
    expect(met.filter((reason) => !suppressed(reason, 0, { architecture }))).toEqual([])
  }
})
