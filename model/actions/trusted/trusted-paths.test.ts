import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { makeScope } from '../../machine/scope.js'
import { Dma, Dmar, Owner, Sept, type State, TdInvalidation } from '../../machine/state.js'
import { vcpuKey } from '../../memory/tlb-tracking.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'
import { someTrustedReach, unverifiedReaches } from './trusted-paths.js'

/** The frames that the one trusted device reaches from page 1, by a private address or a shared one. */
function reached(spoil: (s: State) => unknown): string[] {
  const scope = must(makeScope({ start: 'private', trustedDevices: 1 }))
  const parts = withParts('secureEpt', 'content')
  const { machine, state } = new ManualMachine(machineFrom(scope, presets['tdx-connect'], parts, idleHost))
  state.sept[1] = Sept.Free
  spoil(state)
  const found: string[] = []
  const note = (frame: number, isPrivate: boolean) => {
    found.push(`${isPrivate ? 'private' : 'shared'} ${frame}`)
    return false
  }
  expect(someTrustedReach(machine, state, 1, note)).toBe(false)
  expect(someTrustedReach(machine, state, 1, (frame, isPrivate) => note(frame, isPrivate) || true)).toBe(
    found.length > 0,
  )
  return [...new Set(found)]
}

/** The device has translated an access to page 1, and the unit has kept where a page leads. */
const underWay = (s: State, gfn: number, isPrivate: number) => {
  s.dma[0] = Dma.TrustedTranslated
  s.dmaGfn[0] = gfn
  s.dmaPrivate[0] = isPrivate
  s.dmaFrame[0] = 7
}
const kept = (s: State, gfn: number, isPrivate: boolean) => {
  s.trustedKey[0] = vcpuKey(gfn, isPrivate)
  s.trustedFrame[0] = 6
}

test('a trusted device reaches from a page the frame that its entry in the secure EPT has', () => {
  const mapped = (s: State) => {
    s.sept[1] = Sept.Mapped
    s.privateFrame[1] = 1
  }
  const blocked = (invalidation: number) =>
    reached((s) => [mapped(s), s.dmar.fill(Dmar.Blocked), s.dmarInvalidation.fill(invalidation)])
  expect(reached(() => undefined)).toEqual([])
  expect(reached(mapped)).toEqual(['private 0'])
  expect(blocked(TdInvalidation.Queued)).toEqual(['private 0'])
  expect(blocked(TdInvalidation.Dropped)).toEqual([])
  expect(reached((s) => [mapped(s), s.dmar.fill(Dmar.Free)])).toEqual([])
})

test('and the frame of its shared side, by the EPT of the host', () => {
  const shared = (s: State) => {
    s.sharedRoot[0] = 1
    s.sharedEpt[1] = 1
    s.sharedFrame[1] = 1
  }
  expect(reached(shared)).toEqual(['shared 0'])
  expect(reached((s) => [shared(s), s.sharedRoot.fill(0)])).toEqual([])
  expect(reached((s) => [shared(s), s.sharedEpt.fill(0)])).toEqual([])
})

test('and the frame of what its unit has kept of the page, or of its own access to it that is under way', () => {
  expect([reached((s) => kept(s, 1, true)), reached((s) => kept(s, 1, false))]).toEqual([['private 5'], ['shared 5']])
  expect([reached((s) => underWay(s, 1, 1)), reached((s) => underWay(s, 1, 0))]).toEqual([['private 6'], ['shared 6']])
  expect([reached((s) => kept(s, 2, true)), reached((s) => underWay(s, 2, 1))]).toEqual([[], []])
  expect(reached((s) => [kept(s, 1, true), s.dmar.fill(Dmar.Free)])).toEqual([])
  expect(reached((s) => [underWay(s, 1, 1), s.dma.fill(Dma.TrustedIssued)])).toEqual([])
})

/** Whether one of two devices, each behind a unit of its own, reaches the guest by page 1 and is not verified. */
function unverified(spoil: (s: State) => unknown): boolean {
  const scope = must(makeScope({ start: 'private', devices: 2, trustedDevices: 2, units: 2, interfaceLife: true }))
  const { machine, state } = new ManualMachine(
    machineFrom(scope, presets['tdx-connect'], withParts('secureEpt'), idleHost),
  )
  state.dmar.fill(Dmar.Present)
  state.attested.set([1, 0])
  state.sept[1] = Sept.Free
  spoil(state)
  return unverifiedReaches(machine, state, 1)
}

test('a device that the guest has not verified reaches its frames by the secure EPT while its entry is usable', () => {
  const mapped = (s: State) => s.sept.fill(Sept.Mapped)
  expect([unverified(() => undefined), unverified(mapped)]).toEqual([false, true])
  expect(unverified((s) => [mapped(s), s.attested.fill(1)])).toBe(false)
  expect(unverified((s) => [mapped(s), s.dmar.fill(Dmar.Free, 1)])).toBe(false)
  expect(unverified((s) => [mapped(s), s.owner.fill(Owner.Host)])).toBe(false)
})

test('and by what its own unit has kept of the private address of the page', () => {
  const keeps = (slot: number, gfn: number, isPrivate: boolean, owner: number = Owner.Td) =>
    unverified((s) => {
      s.owner[0] = owner
      s.trustedKey[slot] = vcpuKey(gfn, isPrivate)
      s.trustedFrame[slot] = 1
    })
  expect([keeps(2, 1, true), keeps(3, 1, true)]).toEqual([true, true])
  expect([keeps(1, 1, true), keeps(2, 2, true), keeps(2, 1, false), keeps(2, 1, true, Owner.Host)]).toEqual([
    false,
    false,
    false,
    false,
  ])
})
