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
