import { describe } from 'vitest'
import type { Machine } from '../model/machine/machine.js'
import { Ripas, Sept, type State } from '../model/machine/state.js'
import { septProtocol } from './guest.js'
import { type Breach, judges, type Near, type Unlike } from './testing/by-hand.js'

const realm: Unlike = {
  parts: ['secureEpt', 'content'],
  platform: { architecture: 'arm-cca' },
  scope: { start: 'private' },
}
const ofRealm = (sept: number, ripas: number) => (_: Machine, s: State) => {
  s.sept[1] = sept
  s.ripas[1] = ripas
}
const lost = 'cca.rtt/unmap-destroys at 1: page 1 is unmapped, its content is lost, and its RIPAS is RAM as before'
const unasked = 'cca.ripas/destroyed-faults at 1: the guest may use page 1, which it has not agreed to have as memory'
const ofRipas: readonly Breach[] = [
  { that: 'an unmapped page of a realm is RAM', on: realm, spoil: ofRealm(Sept.Blocked, Ripas.Ram), breaks: lost },
  { that: 'and so behind the TLBI', on: realm, spoil: ofRealm(Sept.PendingBlocked, Ripas.Ram), breaks: lost },
  { that: 'a destroyed page is usable', on: realm, spoil: ofRealm(Sept.Mapped, Ripas.Destroyed), breaks: unasked },
  { that: 'an empty page is usable', on: realm, spoil: ofRealm(Sept.Mapped, Ripas.Empty), breaks: unasked },
]
const nearRipas: readonly Near[] = [
  { that: 'an unmapped page is destroyed', on: realm, spoil: ofRealm(Sept.Blocked, Ripas.Destroyed) },
  { that: 'an unmapped page was empty', on: realm, spoil: ofRealm(Sept.PendingBlocked, Ripas.Empty) },
  { that: 'a destroyed page is mapped, and not usable', on: realm, spoil: ofRealm(Sept.Pending, Ripas.Destroyed) },
  { that: 'a page is usable as the realm agreed', on: realm, spoil: ofRealm(Sept.Mapped, Ripas.Ram) },
]

describe('sept-protocol, of a realm', () => judges(septProtocol, ofRipas, nearRipas))
