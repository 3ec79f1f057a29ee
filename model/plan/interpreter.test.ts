import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { qemuStops } from '../../spec/index.js'
import { machineFrom } from '../build-machine.js'
import { ConversionEnd, type Effects } from '../machine/effects.js'
import { Errno } from '../machine/errno.js'
import { noParts } from '../machine/parts.js'
import { presets } from '../machine/platform.js'
import { Reg, regOf } from '../machine/registers.js'
import { makeScope, type ScopeInput } from '../machine/scope.js'
import { Attr, ByFault, Phase, type State } from '../machine/state.js'
import { ManualMachine } from '../testing/manual-machine.js'
import { idleHost } from './idle-host.js'
import { allAre, GuestView, underConversion } from './interpreter.js'
import type { Host, Step } from './plan.js'

const { Private, Shared, BecomingPrivate } = GuestView
const note: Step = { row: 'iommu.defer-flush', args: [() => 0] }
/** A step that fails with EPERM. */
const refuse: Step = { row: 'vmm.check-pool', args: [() => 0, () => 1, () => 0] }

const machine = (host: Partial<Host>, scope: ScopeInput = {}) =>
  new ManualMachine(
    machineFrom(must(makeScope(scope)), presets['linux-7.2'], noParts, { ...idleHost, toShared: [note], ...host }),
  )

/** A vCPU asks for pages 1 and 2 of two regions, or as said; the state is spoilt before the last step. */
function ended(
  host: Partial<Host>,
  spoil: (s: State) => unknown,
  asks = 'vcpu=0 gfn=0 count=2 to=private',
  scope: ScopeInput = {},
): { readonly views: number[]; readonly event: Effects; readonly s: State } {
  const hand = machine(host, scope)
  hand.take(`guest.convert ${asks}`)
  spoil(hand.state)
  hand.next(asks.startsWith('vcpu=1') ? 1 : 0)
  return { views: [...hand.state.guestView], event: hand.machine.event, s: hand.state }
}

const turn =
  (...attributes: readonly number[]) =>
  (s: State) =>
    s.attr.set(attributes)
const [p, h] = [Attr.Private, Attr.Shared]

describe('a conversion that is done', () => {
  const host = { toPrivate: [note] }

  test('tells the guest that its pages have the side asked for, and no others', () => {
    const { views, event } = ended(host, turn(p, p))
    expect(views).toEqual([Private, Private, Shared, Shared])
    const { conversion, vcpu, toPrivate, endFirst, endEnd, endCause, asAsked, asTold } = event
    expect({ conversion, vcpu, toPrivate, endFirst, endEnd, endCause, asAsked, asTold }).toEqual({
      ...{ conversion: ConversionEnd.Done, vcpu: 0, toPrivate: 1, endFirst: 0, endEnd: 2, endCause: -1 },
      ...{ asAsked: 1, asTold: 1 },
    })
  })

  test('is as asked only if every page has the attribute', () => {
    const asked = (...attributes: readonly number[]) => ended(host, turn(...attributes)).event.asAsked
    expect([asked(p, p), asked(h, p), asked(p, h), asked(h, h)]).toEqual([1, 0, 0, 0])
  })

  test('to shared is as asked only if every page is shared', () => {
    const asks = 'vcpu=1 gfn=2 count=2 to=shared'
    const toShared = (...attributes: readonly number[]) =>
      ended(host, turn(p, p, ...attributes), asks, { start: 'private' })
    expect([toShared(h, h), toShared(h, p)].map(({ event }) => event.asAsked)).toEqual([1, 0])
    const { views, event } = toShared(h, h)
    expect([views, event.vcpu, event.toPrivate]).toEqual([[Private, Private, Shared, Shared], 1, 0])
  })

  test('leaves no register, and nothing of the request', () => {
    const { s } = ended(host, turn(p, p))
    expect([s.phase[0], s.pc[0], [...s.reg].every((value) => value === 0)]).toEqual([Phase.Idle, 0, true])
  })

  test('of which the guest raced itself is judged by nothing, and what it was told stays', () => {
    const { views, event } = ended(host, (s) => s.raced.fill(1))
    expect([views, event.asAsked, event.asTold]).toEqual([[Private, Private, Shared, Shared], 1, 1])
  })

  test('leaves the rest of its request for the next turn, unless the host takes requests whole', () => {
    const asks = 'vcpu=0 gfn=0 count=4 to=private'
    const { s, event, views } = ended(host, turn(p, p), asks)
    expect([s.phase[0], event.conversion, s.reg[regOf(0, Reg.chunkEnd)]]).toEqual([Phase.Boundary, 0, 2])
    expect(views).toEqual([BecomingPrivate, BecomingPrivate, BecomingPrivate, BecomingPrivate])
    const whole = ended({ ...host, wholeRequests: true }, turn(p, p, p, p), asks)
    expect([whole.s.phase[0], whole.event.asAsked, whole.event.endEnd]).toEqual([Phase.Idle, 1, 4])
  })
})

describe('a conversion that is refused', () => {
  const host = { toPrivate: [refuse] }

  test('leaves the pages as the guest knew them, with its cause', () => {
    const { views, event } = ended(host, () => undefined)
    expect([views, event.conversion]).toEqual([[Shared, Shared, Shared, Shared], ConversionEnd.Refused])
    expect([event.asAsked, event.asTold, event.endCause === event.cause, event.endCause > 0]).toEqual([
      1,
      1,
      true,
      true,
    ])
  })

  test('is not as told if a page has another attribute', () => {
    const told = (...attributes: readonly number[]) => ended(host, turn(...attributes)).event.asTold
    expect([told(h, h), told(p, h), told(h, p)]).toEqual([1, 0, 0])
  })

  test('is not tried again by itself, also where a page is converted by a fault; what a fault asks for is', () => {
    const asked = (byFault: number) => {
      const spoil = (s: State) => s.byFault.fill(byFault)
      return ended(host, spoil, undefined, { implicit: 'own' }).event.conversion
    }
    expect([asked(ByFault.No), asked(ByFault.Own)]).toEqual([ConversionEnd.Refused, ConversionEnd.Retry])
  })

  test('stops the VM where the design has a rule for that', () => {
    const { s, event, views } = ended({ ...host, stops: qemuStops }, () => undefined)
    expect([event.conversion, event.vcpu, s.tdDead[0], s.phase[0]]).toEqual([ConversionEnd.Stopped, 0, 1, Phase.Idle])
    expect([event.endCause > 0, views[0]]).toEqual([true, BecomingPrivate])
  })

  test('behind its first part tells of that part, and is judged by it', () => {
    const hand = machine({ toPrivate: [refuse] })
    hand.take('guest.convert vcpu=0 gfn=0 count=4 to=private')
    hand.state.attr.set([p, p])
    hand.state.reg.set([2, 4], regOf(0, Reg.chunkFirst))
    hand.next()
    const { asAsked, asTold } = hand.machine.event
    expect([...hand.state.guestView]).toEqual([Private, Private, Shared, Shared])
    expect([asAsked, asTold]).toEqual([1, 1])
  })
})

test('what a fault asks for is done if the page is so by its next turn, and is tried again if not', () => {
  const again = (attribute: number) => {
    const hand = machine({ toPrivate: [refuse] }, { implicit: 'own' })
    hand.take('kvm.memory-fault vcpu=0 gfn=1 to=private')
    hand.next()
    expect(hand.state.phase[0]).toBe(Phase.Retry)
    hand.state.attr[1] = attribute
    hand.take('guest.retry vcpu=0')
    return [hand.machine.event.conversion, hand.state.phase[0]]
  }
  expect([again(p), again(h)]).toEqual([
    [ConversionEnd.Done, Phase.Idle],
    [ConversionEnd.None, Phase.Running],
  ])
})

test('a page is under conversion from the first to the last page of a request, by any vCPU', () => {
  const { machine: m, state: s } = machine({})
  s.reg.set([1, 3], regOf(1, Reg.requestFirst))
  expect([0, 1, 2, 3].map((gfn) => underConversion(m, s, gfn))).toEqual([false, true, true, false])
  s.attr.set([h, p, p, h])
  expect([allAre(s, 1, 3, p), allAre(s, 0, 3, p), allAre(s, 1, 4, p), allAre(s, 2, 2, h)]).toEqual([
    true,
    false,
    false,
    true,
  ])
})

test('a stray load is as told if its own page is as the guest knows it, or is under conversion by another vCPU', () => {
  const stray = (spoil: (s: State) => unknown) => {
    const hand = machine({ toPrivate: [note] }, { implicit: 'stray' })
    hand.take('guest.convert vcpu=0 gfn=1 count=1 to=private')
    const { machine: m, state: s } = hand
    s.byFault[0] = ByFault.Stray
    s.guestView[1] = Shared
    spoil(s)
    m.touched.clear()
    hand.next()
    return [m.event.conversion, m.event.vcpu, m.event.asTold]
  }
  expect(stray(turn(p, h, p))).toEqual([ConversionEnd.Stray, 0, 1])
  expect(stray(turn(h, p, h))).toEqual([ConversionEnd.Stray, 0, 0])
  expect(
    stray((s) => {
      s.attr[1] = p
      s.reg.set([1, 2], regOf(1, Reg.requestFirst))
    }),
  ).toEqual([ConversionEnd.Stray, 0, 1])
})

test('a request of which the guest raced itself leaves a page shared that the guest was told is shared', () => {
  const spoil = (s: State) => {
    s.raced.fill(1)
    s.guestView.set([Shared, BecomingPrivate])
  }
  const { views } = ended({}, spoil, 'vcpu=0 gfn=0 count=2 to=shared', { start: 'private' })
  expect(views.slice(0, 2)).toEqual([Shared, Private])
})

test('a step that is repeated until it succeeds leaves no errno behind', () => {
  const hand = machine({ toPrivate: [{ ...refuse, fail: 'repeat' }] })
  hand.take('guest.convert vcpu=0 gfn=0 count=1 to=private')
  hand.next()
  expect([hand.machine.event.errno, hand.state.reg[regOf(0, Reg.errno)]]).toEqual([Errno.EPERM, 0])
})
