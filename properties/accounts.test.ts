import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { machineFrom } from '../model/build-machine.js'
import { ConversionEnd } from '../model/machine/effects.js'
import { withParts } from '../model/machine/parts.js'
import { presets } from '../model/machine/platform.js'
import { Reg } from '../model/machine/registers.js'
import { makeScope } from '../model/machine/scope.js'
import type { State } from '../model/machine/state.js'
import { idleHost } from '../model/plan/idle-host.js'
import { ManualMachine } from '../model/testing/manual-machine.js'
import { accountsBalance } from './accounts.js'
import { failureOf } from './failure.js'
import { witnessOf } from './testing/by-hand.js'

function machine(...parts: ('secureEpt' | 'content')[]): ManualMachine {
  return new ManualMachine(machineFrom(must(makeScope({})), presets['linux-7.2'], withParts(...parts), idleHost))
}

test('accounts-balance fails when a call is over and its invalidation is not, and says what the guest meets', () => {
  const { machine: m, state: s } = machine('secureEpt')
  const holds = () => accountsBalance.holdsIn?.(m, s)
  s.invalidating[1] = 2
  s.reg[Reg.callEnd] = 2
  expect(holds()).toBe(true)
  s.reg[Reg.callEnd] = 0
  expect(holds()).toBe(false)
  expect(failureOf(m, s, accountsBalance)).toMatchObject({ why: expect.stringMatching(/again and again/) })
  s.invalidating[1] = 0
  expect(holds()).toBe(true)
})

test('accounts-balance fails where no call is under way and a page is mapped without a leaf', () => {
  const hand = machine()
  const { machine: m, state: s } = hand
  for (const call of ['vfio.map-dma vcpu=0 iovfn=1 count=1', 'mm.pin-page vcpu=0 iovfn=1']) hand.force(call)
  const holds = () => accountsBalance.holdsAt?.(m, s, 1)
  expect(holds()).toBe(false)
  s.reg[Reg.callEnd] = 2
  expect(holds()).toBe(true)
  s.reg[Reg.callEnd] = 0
  hand.force('iommu.write-entry vcpu=0 domain=0 iovfn=1 size=4k')
  expect(holds()).toBe(true)
})

test('accounts-balance fails where a superpage was written over the entry of a table that is still in use', () => {
  const hand = machine()
  const { machine: m, state: s } = hand
  hand.force('iommu.write-entry vcpu=0 domain=0 iovfn=1 size=4k')
  s.pte.fill(0)
  s.pde[0] = 0
  expect(accountsBalance.holdsAt?.(m, s, 1)).toBe(false)
  expect(failureOf(m, s, accountsBalance)?.why).toContain('no directory entry points to it')
  s.table.fill(0)
  expect(accountsBalance.holdsAt?.(m, s, 1)).toBe(true)
})

const closed = (state: number) => (_: unknown, s: State) => s.closed.fill(state)

test('accounts-balance is witnessed by an answer and by a teardown', () => {
  expect(witnessOf(accountsBalance, {}, closed(1))).toBe(0)
  expect(witnessOf(accountsBalance, {}, closed(2))).toBe(2)
  expect(witnessOf(accountsBalance, {}, (m) => Object.assign(m.event, { conversion: ConversionEnd.Retry }))).toBe(1)
  expect(accountsBalance.fullWitness).toBe(3)
})
