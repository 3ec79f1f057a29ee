import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { noParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

function host(scope: ScopeInput = {}): ManualMachine {
  const made = must(makeScope({ backing: 'in-place', references: 2, ...scope }))
  return new ManualMachine(machineFrom(made, presets['linux-7.2'], noParts, idleHost))
}
const put = 'mm.put-references'
const able = (hand: ManualMachine) => [0, 1, 2, 3].filter((gfn) => hand.can(`mm.get-reference gfn=${gfn}`))

test('a reference is taken to a shared page that has none, as often as the scope says', () => {
  const hand = host()
  hand.state.sharedFrame[3] = 0
  expect(able(hand)).toEqual([0, 1, 2])
  hand.take('mm.get-reference gfn=1')
  expect([able(hand), hand.state.referencesLeft[0]]).toEqual([[0, 2], 1])
  hand.take('mm.get-reference gfn=2')
  expect([able(hand), [...hand.state.references]]).toEqual([[], [0, 1, 1, 0]])
})

test('all references are put at once, if there are any, and their number does not come back', () => {
  const hand = host({ references: 1 })
  expect(hand.can(put)).toBe(false)
  hand.take('mm.get-reference gfn=1')
  hand.take(put)
  expect([[...hand.state.references], hand.can(put), able(hand)]).toEqual([[0, 0, 0, 0], false, []])
})

test('a reference that lasts is never put, and with two backings none is taken', () => {
  const lasting = host({ lasting: true })
  lasting.take('mm.get-reference gfn=1')
  expect(lasting.can(put)).toBe(false)
  const separate = host({ backing: 'separate' })
  expect([able(separate), separate.state.references.length]).toEqual([[], 0])
})
