import { expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { type Part, withParts } from '../../machine/parts.js'
import { type PresetName, presets } from '../../machine/platform.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Attr, Owner, Tag } from '../../machine/state.js'
import { idleHost } from '../../plan/idle-host.js'
import { ManualMachine } from '../../testing/manual-machine.js'

const host = (scope: ScopeInput): ManualMachine =>
  new ManualMachine(machineFrom(must(makeScope(scope)), presets['linux-7.2'], withParts('hostAccess'), idleHost))
/** How a host fares that touches a page which became the guest's after the host had mapped it. */
function touching(platform: PresetName): number {
  const input = { backing: 'in-place', start: 'private' } as const
  const parts = withParts('hostAccess', 'secureEpt', 'content')
  const hand = new ManualMachine(machineFrom(must(makeScope(input)), presets[platform], parts, idleHost))
  hand.state.hva[1] = 1
  hand.state.owner[1] = Owner.Td
  hand.take(write)
  return hand.state.hostDead[0] ?? -1
}

const write = 'host.access gfn=1 access=write'

test('a page that the host touches gets a frame for its shared side, if it has none', () => {
  const hand = host({})
  hand.state.sharedFrame[1] = 0
  hand.state.owner[1] = 0
  hand.take(write)
  expect([hand.state.sharedFrame[1], hand.state.hva[1]]).toEqual([2, 1])
})

test('a private page that the host has mapped in place keeps its one frame', () => {
  const hand = host({ backing: 'in-place', start: 'private' })
  hand.state.hva[1] = 1
  hand.take(write)
  expect([hand.state.sharedFrame[1], hand.state.privateFrame[1], hand.machine.event.gfn]).toEqual([0, 2, 1])
})

test('a host that touches a page of the guest is lost on TDX and SEV-SNP, and has a fault on others', () => {
  const lost = (['tdx-2021-reading', 'sev-snp', 'riscv-cove', 'arm-cca'] as const).map(touching)
  expect(lost).toEqual([1, 1, 0, 0])
})

test('a host touches memory that a slot has, while the guest lives, on machines where it touches any', () => {
  const may = (spoil: (hand: ManualMachine) => unknown, parts: readonly Part[] = ['hostAccess']) => {
    const made = machineFrom(must(makeScope({})), presets['linux-7.2'], withParts(...parts), idleHost)
    const hand = new ManualMachine(made)
    spoil(hand)
    return hand.can(write)
  }
  expect([may(() => undefined), may(() => undefined, [])]).toEqual([true, false])
  expect([
    may(({ state }) => state.slotHole.fill(1, 1, 2)),
    may(({ state }) => state.tdDead.fill(1)),
    may(({ state }) => state.closed.fill(1)),
    may(({ state }) => state.attr.fill(Attr.Private)),
  ]).toEqual([false, false, false, false])
})

test('a host that writes a shared page leaves its data there, and one that reads leaves none', () => {
  const left = (access: string) => {
    const parts = withParts('hostAccess', 'content')
    const hand = new ManualMachine(machineFrom(must(makeScope({})), presets['linux-7.2'], parts, idleHost))
    hand.take(`host.access gfn=1 access=${access}`)
    return hand.state.tag[(hand.state.sharedFrame[1] ?? 0) - 1]
  }
  expect([left('write'), left('read')]).toEqual([Tag.Host, Tag.Zero])
})

test('a host that finds no frame for a page touches nothing', () => {
  const hand = host({})
  hand.state.sharedFrame[1] = 0
  hand.state.owner.fill(Owner.Td)
  hand.take(write)
  expect([hand.state.sharedFrame[1], hand.state.hva[1]]).toEqual([0, 0])
})
