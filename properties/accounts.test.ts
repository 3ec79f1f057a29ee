import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { machineFrom } from '../model/build-machine.js'
import { ConversionEnd } from '../model/machine/effects.js'
import { withParts } from '../model/machine/parts.js'
import { presets } from '../model/machine/platform.js'
import { Reg } from '../model/machine/registers.js'
import { makeScope } from '../model/machine/scope.js'
import type { State } from '../model/machine/state.js'
import { makeLeaf, writePage } from '../model/memory/page-table.js'
import { idleHost } from '../model/plan/idle-host.js'
import { ManualMachine } from '../model/testing/manual-machine.js'
import { accountsBalance } from './accounts.js'
import { failureOf } from './failure.js'
import { all, type Breach, judges, type Unlike, witnessOf } from './testing/by-hand.js'

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

/** Page 3 is memory of a device. */
const ofOne: Unlike = { scope: { devicePages: 1 } }
const ofTwo: Unlike = { scope: { devicePages: 1, secondContainer: true } }
type Spoil = Breach['spoil']

/** Maps page 3: it has a frame, a leaf, and no pin. */
const mapped: Spoil = (m, s) => {
  s.mapOf[3] = 4
  s.mapLength[3] = 1
  s.mappings[0] = 1
  s.entriesUsed[0] = 1
  s.pinnedFrame[3] = s.sharedFrame[3]
  writePage(m, s, s.domain[0], 3, makeLeaf(s.sharedFrame[3] - 1, 3))
}
const mappedBySecond: Spoil = (_, s) => {
  s.secondPin[3] = s.sharedFrame[3]
}
const pin: Spoil = (_, s) => {
  s.pins[s.sharedFrame[3] - 1] += 1
}
const pinned = 'kvm.host-memory/pin-holds-frame at 3: page 3 is memory of a device, which no map pins, and has 1 pin'

judges(
  accountsBalance,
  [
    {
      that: 'a mapping pins memory of a device',
      on: ofOne,
      spoil: all(mapped, pin),
      breaks: pinned,
    },
    {
      that: 'a second container pins it',
      on: ofTwo,
      spoil: all(mappedBySecond, pin),
      breaks: pinned,
    },
  ],
  [
    { that: 'memory of a device is mapped', on: ofOne, spoil: mapped },
    { that: 'a second container maps it', on: ofTwo, spoil: mappedBySecond },
  ],
)

const closed = (state: number) => (_: unknown, s: State) => s.closed.fill(state)

test('accounts-balance is witnessed by an answer and by a teardown', () => {
  expect(witnessOf(accountsBalance, {}, closed(1))).toBe(0)
  expect(witnessOf(accountsBalance, {}, closed(2))).toBe(2)
  expect(witnessOf(accountsBalance, {}, (m) => Object.assign(m.event, { conversion: ConversionEnd.Retry }))).toBe(1)
  expect(accountsBalance.fullWitness).toBe(3)
})
