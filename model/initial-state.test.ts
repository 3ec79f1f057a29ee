import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { machineFrom } from './build-machine.js'
import { EndlessPlan, initialState } from './initial-state.js'
import { noParts, type Part, withParts } from './machine/parts.js'
import { presets } from './machine/platform.js'
import { makeScope } from './machine/scope.js'
import { Attr, HostPage, Owner, Sept } from './machine/state.js'
import { idleHost } from './plan/idle-host.js'
import type { Plan } from './plan/plan.js'

const booting = (boot: Plan) => machineFrom(must(makeScope()), presets['linux-7.2'], noParts, { ...idleHost, boot })
const acquire = { row: 'lock.acquire', args: [() => 0] } as const

test('a boot plan that ends leaves the vCPU as idle as before', () => {
  expect(initialState(booting([acquire])).phase[0]).toBe(initialState(booting([])).phase[0])
})

test('a boot plan that waits for a lock which its own vCPU holds is told by the class of its error', () => {
  const machine = booting([acquire, acquire])
  expect(() => initialState(machine)).toThrow(EndlessPlan)
  expect(() => initialState(machine)).toThrow('the plan never ends: it waits at instruction')
})

test.each([true, false])(
  'a guest that asks for its pool at boot has released its pages, unless it keeps them: %s',
  (keeps) => {
    const platform = { ...presets['tdx-connect'], pageRelease: 'required' } as const
    const scope = must(makeScope({ pages: 4, pagesPerSuperpage: 2, start: 'private' }))
    const host = { ...idleHost, bootRequest: true, guestKeepsPages: keeps }
    const machine = machineFrom(scope, platform, withParts('secureEpt'), host)
    const state = initialState(machine)
    const accepted = (gfn: number) => state.sept[gfn] === Sept.Mapped
    expect([0, 1, 2, 3].map(accepted)).toEqual(keeps ? [true, true, true, true] : [false, false, true, true])
    expect([...state.released]).toEqual(keeps ? [0, 0, 0, 0] : [1, 1, 0, 0])
  },
)

test("memory of a device is shared from the start, also where the guest's own pages start private", () => {
  const scope = must(makeScope({ pages: 4, pagesPerSuperpage: 2, start: 'private', devicePages: 1 }))
  const { attr, owner, sharedFrame } = initialState(machineFrom(scope, presets['linux-7.2'], noParts, idleHost))
  expect([...attr]).toEqual([Attr.Private, Attr.Private, Attr.Private, Attr.Shared])
  expect(owner[(sharedFrame[3] ?? 0) - 1]).toBe(Owner.Host)
})

test("under pKVM a page that starts private is the guest's; where its faults are modelled, it is the host's", () => {
  const scope = must(makeScope({ backing: 'in-place', start: 'private' }))
  const starts = (...parts: readonly Part[]) => {
    const { owner, hostPage } = initialState(machineFrom(scope, presets.pkvm, withParts(...parts), idleHost))
    return [owner[1], hostPage[1]]
  }
  expect(starts()).toEqual([Owner.Td, HostPage.NoPage])
  expect(starts('secureEpt')).toEqual([Owner.Host, HostPage.Owned])
})
