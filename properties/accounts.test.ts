import { expect, test } from 'vitest'
import { ByHand, idleHost } from '../model/by-hand.js'
import { must } from '../model/checked.js'
import { makeMachine } from '../model/make.js'
import { withParts } from '../model/parts.js'
import { presets } from '../model/platform.js'
import { Reg } from '../model/registers.js'
import { makeScope } from '../model/scope.js'
import { accountsBalance } from './accounts.js'

function machine(...parts: ('secureEpt' | 'content')[]): ByHand {
  return new ByHand(makeMachine(must(makeScope({})), presets['linux-7.2'], withParts(...parts), idleHost))
}

test('accounts-balance fails when a call is over and its invalidation is not, and says what the guest meets', () => {
  const { machine: m, state: s } = machine('secureEpt')
  const holds = () => accountsBalance.holdsAfter?.(m, s)
  s.invalidating[1] = 2
  s.reg[Reg.callEnd] = 2
  expect(holds()).toBe(true)
  s.reg[Reg.callEnd] = 0
  expect(holds()).toBe(false)
  expect(accountsBalance.explain(m, s, -1)).toMatch(/again and again/)
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
  hand.force('vtd.write-entry vcpu=0 domain=0 iovfn=1 size=4k')
  expect(holds()).toBe(true)
})
