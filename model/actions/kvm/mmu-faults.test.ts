import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { type Part, withParts } from '../../machine/parts.js'
import { type Platform, presets } from '../../machine/platform.js'
import { Reg, regOf } from '../../machine/registers.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Attr, Owner, Phase, Sept } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

function realm(faultSide: Platform['faultSide'], input: ScopeInput = {}): ManualMachine {
  const platform = { ...presets['arm-cca'], faultSide }
  return new ManualMachine(machineFrom(must(makeScope(input)), platform, withParts('secureEpt', 'content'), idleHost))
}

function guest(input: ScopeInput = {}, parts: readonly Part[] = ['secureEpt', 'content']): ManualMachine {
  const platform = presets['tdx-2026-reading']
  return new ManualMachine(machineFrom(must(makeScope(input)), platform, withParts(...parts), idleHost))
}

/** vCPU 1 has a request open on pages 0 and 1. */
function converting(hand: ManualMachine): ManualMachine {
  hand.state.reg[regOf(1, Reg.requestFirst)] = 0
  hand.state.reg[regOf(1, Reg.requestEnd)] = 2
  return hand
}

const resolve = 'kvm.fault-resolve-shared vcpu=0 gfn=1'
const resolvePrivate = 'kvm.fault-resolve vcpu=0 gfn=1'
const install = 'kvm.fault-install vcpu=0'
const read = 'guest.access vcpu=0 gfn=1 access=read'
const begin = 'kvm.invalidate-begin vcpu=1 gfn=0 count=2'
const end = 'kvm.invalidate-end vcpu=1'

describe('a fault on the shared side', () => {
  test('comes before the first access of a vCPU, and gives it the page behind the HVA', () => {
    const hand = guest()
    expect(hand.can(read)).toBe(false)
    hand.take(resolve)
    expect(hand.can(read)).toBe(false)
    hand.take(install)
    expect(hand.can(read)).toBe(true)
    expect(hand.can(resolve)).toBe(false)
    hand.take(read)
    expect(hand.state.vcpuTlbFrame[0]).toBe(hand.state.sharedFrame[1])
  })

  test('that was installed serves every vCPU, until the shared side is zapped', () => {
    const hand = guest()
    hand.take(resolve)
    hand.take(install)
    hand.take('guest.access vcpu=1 gfn=1 access=write')
    hand.force('kvm.zap-shared vcpu=0 gfn=1 count=1')
    expect([0, 1].map((vcpu) => hand.can(`guest.access vcpu=${vcpu} gfn=1 access=read`))).toEqual([false, false])
    expect(hand.can(resolve)).toBe(true)
  })

  test('installs nothing if an invalidation began since it was resolved, ended or not', () => {
    for (const meanwhile of [[begin], [begin, end]]) {
      const hand = guest()
      hand.take(resolve)
      for (const call of meanwhile) hand.force(call)
      hand.take(install)
      expect([hand.state.sharedEpt[1], hand.state.faultGfn[0], hand.state.faultShared[0]]).toEqual([0, 0, 0])
    }
  })

  test('installs nothing if the page was discarded since: the notifier has been there', () => {
    const hand = guest()
    hand.take(resolve)
    hand.force('shmem.punch-hole vcpu=1 gfn=1')
    hand.take('kvm.fault-resolve-shared vcpu=1 gfn=1')
    expect(hand.state.sharedFrame[1]).toBeGreaterThan(0)
    hand.take(install)
    expect(hand.state.sharedEpt[1]).toBe(0)
  })

  test('of a frame that has been taken out and not told of is told of as it is installed', () => {
    for (const isTold of [true, false]) {
      const hand = guest({ reclaim: true })
      hand.take(resolve)
      const found = hand.state.faultShared[0]
      hand.take('mm.reclaim gfn=1')
      if (!isTold) {
        hand.state.faultStale[0] = 0
        hand.state.faultShared[0] = found
      }
      hand.take(install)
      expect(hand.machine.event.installedLost).toBe(isTold ? -1 : 1)
    }
  })

  test('is repeated as long as the invalidation that it met is not ended', () => {
    const hand = guest()
    hand.force(begin)
    for (let again = 0; again < 3; again += 1) {
      hand.take(resolve)
      hand.take(install)
      expect(hand.can(read)).toBe(false)
    }
    hand.force(end)
    hand.take(resolve)
    hand.take(install)
    expect(hand.can(read)).toBe(true)
  })

  test('comes late, where nothing invalidates, to a page that has become the TD’s in place', () => {
    const hand = guest({ backing: 'in-place' })
    hand.take(resolve)
    hand.force('kvm.set-attributes vcpu=1 gfn=1 count=1 to=private')
    hand.take(install)
    expect([hand.state.sharedEpt[1], hand.state.owner[1]]).toEqual([1, Owner.Td])
  })

  test('is for pages whose attribute is shared and that a memory slot has', () => {
    const [priv, hole] = [guest(), guest()]
    priv.state.attr[1] = Attr.Private
    hole.state.slotHole[1] = 1
    expect([guest(), priv, hole].map((hand) => hand.can(resolve))).toEqual([true, false, false])
  })

  test('meets a page under conversion, in either direction, since loads stray', () => {
    for (const start of ['shared', 'private'] as const) {
      const hand = guest({ start })
      hand.state.attr[1] = Attr.Shared
      expect(hand.can(resolve)).toBe(start === 'shared')
      expect(converting(hand).can(resolve)).toBe(true)
    }
  })

  test('is not modelled where nothing of the guest is looked at', () => {
    expect(guest({}, []).can(resolve)).toBe(false)
    expect(guest({}, ['secureEpt']).can(resolve)).toBe(false)
  })
})

describe('a page under conversion', () => {
  const unbacked = (guestKind: ScopeInput['guest']) => {
    const hand = converting(guest({ start: 'private', guest: guestKind }))
    hand.state.sept[1] = Sept.Free
    return hand
  }

  test('is touched by its private address only by a guest that races itself', () => {
    expect([unbacked('cooperative'), unbacked('arbitrary')].map((hand) => hand.can(resolvePrivate))).toEqual([
      false,
      true,
    ])
    const accepted = (guestKind: ScopeInput['guest']) =>
      converting(guest({ start: 'private', guest: guestKind })).can(read)
    expect([accepted('cooperative'), accepted('arbitrary')]).toEqual([false, true])
  })

  test('whose attribute was stored is refused by its private address', () => {
    const hand = unbacked('arbitrary')
    hand.state.attr[1] = Attr.Shared
    expect(hand.can(resolvePrivate)).toBe(false)
  })

  test.each([0, 1])(
    'in place takes a private fault that comes late, into the frame that the host has back: %i',
    (gfn) => {
      const hand = guest({ start: 'private', backing: 'in-place' })
      hand.state.sept[gfn] = Sept.Free
      hand.take(`kvm.fault-resolve vcpu=0 gfn=${gfn}`)
      hand.force(`kvm.set-attributes vcpu=1 gfn=${gfn} count=1 to=shared`)
      expect(hand.state.owner[gfn]).toBe(Owner.Host)
      hand.take(install)
      expect([hand.state.owner[gfn], hand.state.sept[gfn]]).toEqual([Owner.Td, Sept.Pending])
    },
  )
})

describe('a private fault of a realm whose side was compared early', () => {
  const takeBack = [
    'rmi.rtt-data-unmap vcpu=1 gfn=1 count=1',
    'rmm.tlbi vcpu=1 gfn=1',
    'rmm.drain vcpu=1 gfn=1',
    'rmi.granule-undelegate vcpu=1 gfn=1',
  ]
  const maps = (meanwhile: readonly string[]) =>
    (['after-sequence', 'before-sequence'] as const).map((faultSide) => {
      const hand = realm(faultSide, { start: 'private' })
      for (const call of takeBack) hand.force(call)
      hand.take(resolvePrivate)
      for (const call of meanwhile) hand.force(call)
      hand.take(install)
      return hand.state.sept[1] === Sept.Pending
    })

  test('does not see an invalidation that has ended, and sees one that is under way', () => {
    expect([maps([]), maps([begin, end]), maps([begin])]).toEqual([
      [true, true],
      [false, true],
      [false, false],
    ])
  })

  test('is the private side’s alone: a shared fault sees both', () => {
    const hand = realm('before-sequence')
    hand.take(resolve)
    for (const call of [begin, end]) hand.force(call)
    hand.take(install)
    expect(hand.state.sharedEpt[1]).toBe(0)
  })
})

test('a vCPU takes a fault only while it runs: not in a call, nor dead, torn down, or amid a fault', () => {
  const canFault = (spoil: (hand: ManualMachine) => unknown) => {
    const hand = guest()
    spoil(hand)
    return hand.can(resolve)
  }
  expect(canFault(() => undefined)).toBe(true)
  expect([
    canFault(({ state }) => state.tdDead.fill(1)),
    canFault(({ state }) => state.closed.fill(1)),
    canFault(({ state }) => state.phase.fill(Phase.Retry)),
    canFault(({ state }) => state.faultGfn.fill(3)),
  ]).toEqual([false, false, false, false])
})
