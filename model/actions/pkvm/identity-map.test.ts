import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { encode, parse } from '../../machine/action.js'
import { withParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Dma } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { kinds } from '../relation.js'
import { identityMapRows } from './identity-map.js'

/** Whether the invalidation ends while a DMA to page 2 has been translated, by the device itself or by the unit. */
function ends(row: keyof typeof identityMapRows, args: string, byDevice: boolean, platform: Partial<Platform> = {}) {
  const on = { ...presets.pkvm, ats: true, ...platform }
  const made = machineFrom(must(makeScope({ backing: 'in-place' })), on, withParts('deviceTlb'), idleHost)
  const { machine, state } = new ManualMachine(made)
  state.dma[0] = Dma.Translated
  state.dmaGfn[0] = 2
  state.dmaFrame[0] = 3
  state.dmaByDevice[0] = byDevice ? 1 : 0
  const stated = identityMapRows[row]
  if (stated.by !== 'plan') throw new Error(`${row} is no step of a plan`)
  return stated.ready?.(machine, state, must(encode(kinds, parse(`${row} vcpu=0${args}`))))
}

test('an invalidation of the identity map waits for what units have translated for its pages, and for no more', () => {
  const complete = (first: number, count: number, byDevice = false) =>
    ends('pkvm.idmap-complete', ` gfn=${first} count=${count}`, byDevice)
  expect([complete(2, 1), complete(1, 2), complete(2, 2)]).toEqual([false, false, false])
  expect([complete(1, 1), complete(3, 1), complete(0, 2), complete(2, 1, true)]).toEqual([true, true, true, true])
})

test('an invalidation of device TLBs waits for what devices have translated, unless they answer early', () => {
  const invalidate = (byDevice: boolean, deviceInvalidation: Platform['deviceInvalidation']) =>
    ends('pkvm.atc-invalidate', '', byDevice, { deviceInvalidation })
  expect([invalidate(true, 'drains'), invalidate(false, 'drains'), invalidate(true, 'early')]).toEqual([
    false,
    true,
    true,
  ])
})
