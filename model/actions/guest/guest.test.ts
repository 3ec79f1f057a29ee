import { describe, expect, test } from 'vitest'
import { must } from '../../../base/result.js'
import { machineFrom } from '../../build-machine.js'
import { ConversionEnd } from '../../machine/effects.js'
import { Errno } from '../../machine/errno.js'
import { noParts, withParts } from '../../machine/parts.js'
import { presets } from '../../machine/platform.js'
import { Reg, reg } from '../../machine/registers.js'
import { makeScope, type ScopeInput } from '../../machine/scope.js'
import { Attr, Phase, Tag } from '../../machine/state.js'
import { vcpuKey } from '../../memory/tlb-tracking.js'
import { idleHost } from '../../plan/idle-host.js'
import { GuestView } from '../../plan/interpreter.js'
import type { Host, Step } from '../../plan/plan.js'
import { ManualMachine } from '../../testing/manual-machine.js'

const chunk = [
  reg('chunkFirst'),
  (...at: Parameters<Step['args'][number]>) => reg('chunkEnd')(...at) - reg('chunkFirst')(...at),
]
const set = (to: number): Step => ({ row: 'kvm.set-attributes', args: [...chunk, () => to] })
/** A host that changes attributes and nothing else. */
const attributesOnly: Host = { ...idleHost, toPrivate: [set(Attr.Private)], toShared: [set(Attr.Shared)] }

const platform = { ...presets['tdx-2026-reading'], inPlacePinCheck: 'refuse' } as const

function guest(input: ScopeInput = {}, host = attributesOnly): ManualMachine {
  return new ManualMachine(machineFrom(must(makeScope(input)), platform, noParts, host))
}

const convert = (gfn: number, count: number, to: 'private' | 'shared', vcpu = 0) =>
  `guest.convert vcpu=${vcpu} gfn=${gfn} count=${count} to=${to}`

describe('MapGPA', () => {
  test('of two superpages converts one chunk, comes back, and converts the other', () => {
    const td = guest()
    td.take(convert(0, 4, 'private'))
    td.next()
    expect([[...td.state.attr], td.state.phase[0]]).toEqual([[1, 1, 0, 0], Phase.Boundary])
    td.take('kvm.map-gpa.next-chunk vcpu=0')
    td.next()
    expect([[...td.state.attr], td.state.phase[0]]).toEqual([[1, 1, 1, 1], Phase.Idle])
    expect(td.machine.event.conversion).toBe(ConversionEnd.Done)
  })

  test('that an interrupt ends between two chunks leaves a converted prefix, and RETRY continues behind it', () => {
    const td = guest()
    td.take(convert(0, 4, 'private'))
    td.next()
    td.take('kvm.map-gpa.interrupt vcpu=0')
    expect([td.machine.event.conversion, td.state.phase[0]]).toEqual([ConversionEnd.Retry, Phase.Retry])
    expect([td.state.reg[Reg.chunkFirst], [...td.state.attr]]).toEqual([2, [1, 1, 0, 0]])
    td.take('guest.retry vcpu=0')
    td.next()
    expect([[...td.state.attr], td.state.phase[0]]).toEqual([[1, 1, 1, 1], Phase.Idle])
  })

  test('that fails with EAGAIN is a RETRY of the same chunk, not an end', () => {
    const td = guest({ backing: 'in-place' })
    td.force('mm.pin-page vcpu=1 iovfn=1')
    td.take(convert(0, 2, 'private'))
    td.next()
    expect([td.machine.event.conversion, td.state.phase[0]]).toEqual([ConversionEnd.Retry, Phase.Retry])
    expect([...td.state.guestView]).toEqual([
      GuestView.BecomingPrivate,
      GuestView.BecomingPrivate,
      GuestView.Shared,
      GuestView.Shared,
    ])
    td.force('mm.unpin-page vcpu=1 iovfn=1')
    td.take('guest.retry vcpu=0')
    td.next()
    expect([...td.state.guestView]).toEqual([GuestView.Private, GuestView.Private, GuestView.Shared, GuestView.Shared])
  })

  test('that fails for good says how far it came: the prefix is private, the rest is shared again', () => {
    const refuseSecond: Step = {
      row: 'vmm.check-pool',
      args: [...chunk, (_, s) => (s.reg[Reg.chunkFirst] === 0 ? 1 : 0)],
    }
    const td = guest({}, { ...attributesOnly, toPrivate: [refuseSecond, set(Attr.Private)] })
    td.take(convert(0, 4, 'private'))
    td.next()
    td.next()
    td.take('kvm.map-gpa.next-chunk vcpu=0')
    td.next()
    expect(td.machine.event.conversion).toBe(ConversionEnd.Refused)
    expect([...td.state.guestView]).toEqual([GuestView.Private, GuestView.Private, GuestView.Shared, GuestView.Shared])
    expect(td.state.phase[0]).toBe(Phase.Idle)
  })

  test('to shared that fails for good leaves the prefix shared, and the rest private as the guest knew it', () => {
    const refuseSecond: Step = {
      row: 'vmm.check-pool',
      args: [...chunk, (_, s) => (s.reg[Reg.chunkFirst] === 0 ? 1 : 0)],
    }
    const td = guest({ start: 'private' }, { ...attributesOnly, toShared: [refuseSecond, set(Attr.Shared)] })
    td.take(convert(0, 4, 'shared'))
    td.next()
    td.next()
    td.take('kvm.map-gpa.next-chunk vcpu=0')
    td.next()
    expect(td.machine.event.conversion).toBe(ConversionEnd.Refused)
    expect([...td.state.guestView]).toEqual([GuestView.Shared, GuestView.Shared, GuestView.Private, GuestView.Private])
  })

  test('to shared tells the guest at the end of the whole range, to private at its start', () => {
    const td = guest({ start: 'private' })
    td.take(convert(0, 4, 'shared'))
    td.next()
    expect([...td.state.guestView]).toEqual([0, 0, 0, 0])
    td.take('kvm.map-gpa.next-chunk vcpu=0')
    td.next()
    expect([...td.state.guestView]).toEqual([1, 1, 1, 1])
    td.take(convert(1, 1, 'private'))
    expect(td.state.guestView[1]).not.toBe(GuestView.Shared)
  })
})

describe('a guest', () => {
  test('that cooperates does not ask for a page that another vCPU is converting; an arbitrary one may', () => {
    const mayRace = (guestKind: ScopeInput['guest']) => {
      const td = guest({ guest: guestKind })
      td.take(convert(0, 2, 'private'))
      return td.can(convert(1, 1, 'shared', 1))
    }
    expect([mayRace('cooperative'), mayRace('arbitrary')]).toEqual([false, true])
  })

  test('asks in the sizes that the scope allows', () => {
    const may = (requests: ScopeInput['requests']) => {
      const td = guest({ requests })
      return [1, 2, 4].map((count) => td.can(convert(0, count, 'private')))
    }
    expect([may('pages'), may('superpages'), may('both')]).toEqual([
      [true, false, false],
      [false, true, false],
      [true, true, true],
    ])
  })

  test('asks for nothing that it has already', () => {
    expect(guest().can(convert(0, 1, 'shared'))).toBe(false)
    expect(guest({ start: 'private' }).can(convert(0, 1, 'private'))).toBe(false)
  })

  test('that races itself is told nothing: what it takes for shared then is private', () => {
    const td = guest({ guest: 'arbitrary' })
    td.take(convert(0, 1, 'private'))
    td.take(convert(0, 1, 'shared', 1))
    for (const vcpu of [1, 0]) td.next(vcpu)
    expect([td.state.guestView[0], td.state.phase[0], td.state.phase[1]]).toEqual([
      GuestView.Private,
      Phase.Idle,
      Phase.Idle,
    ])
  })

  test('whose conversion is refused keeps no register of it', () => {
    const refuse: Step = { row: 'vmm.check-pool', args: [...chunk, () => 0] }
    const td = guest({}, { ...attributesOnly, toPrivate: [refuse] })
    td.take(convert(0, 1, 'private'))
    td.next()
    expect(td.machine.event.errno).toBe(Errno.EPERM)
    expect([...td.state.reg].every((value) => value === 0)).toBe(true)
  })
})

describe('guest memory', () => {
  const td = () => {
    const machine = machineFrom(must(makeScope({})), platform, withParts('secureEpt', 'content'), attributesOnly)
    return new ManualMachine(machine)
  }

  test('that was discarded is a fresh, zeroed page at the next touch', () => {
    const hand = td()
    const fault = ['kvm.fault-resolve-shared vcpu=0 gfn=1', 'kvm.fault-install vcpu=0']
    for (const step of [...fault, 'guest.access vcpu=0 gfn=1 access=write']) hand.take(step)
    hand.force('shmem.punch-hole vcpu=1 gfn=1')
    expect(hand.state.sharedFrame[1]).toBe(0)
    for (const step of [...fault, 'guest.access vcpu=0 gfn=1 access=read']) hand.take(step)
    expect(hand.state.tag[hand.state.sharedFrame[1] - 1]).toBe(Tag.Zero)
  })

  test('comes to the frame that the vCPU has cached, in whichever slot, while the table leads elsewhere', () => {
    const scope = must(makeScope({ start: 'private', vcpuTlbEntries: 2 }))
    for (const slot of [0, 1]) {
      const machine = machineFrom(scope, platform, withParts('secureEpt', 'content'), attributesOnly)
      const hand = new ManualMachine(machine)
      const [own = 0, other = 0] = [...hand.state.privateFrame].map((frame) => frame - 1)
      hand.state.vcpuTlb[slot] = vcpuKey(0, true)
      hand.state.vcpuTlbFrame[slot] = other + 1
      hand.state.tag.fill(Tag.Zero)
      hand.take('guest.access vcpu=0 gfn=0 access=write')
      expect([hand.state.tag[own], hand.state.tag[other]]).toEqual([Tag.Zero, Tag.Guest])
    }
  })

  test('with poison in it ends the TD or the host, as the platform says', () => {
    for (const [poisonConsumer, ends] of [
      ['td', [1, 0]],
      ['host', [0, 1]],
    ] as const) {
      const scope = must(makeScope({ start: 'private' }))
      const on = { ...platform, poisonConsumer }
      const hand = new ManualMachine(machineFrom(scope, on, withParts('secureEpt', 'content'), attributesOnly))
      hand.state.poison[hand.state.privateFrame[0] - 1] = 1
      hand.take('guest.access vcpu=0 gfn=0 access=read')
      expect([hand.state.tdDead[0], hand.state.hostDead[0]]).toEqual(ends)
      expect(hand.can('guest.access vcpu=1 gfn=1 access=read')).toBe(false)
    }
  })
})
