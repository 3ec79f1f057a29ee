import { expect, test } from 'vitest'
import { failing } from '../model/actions/relation.js'
import { ConversionEnd } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
import { presets } from '../model/machine/platform.js'
import { IdentityEntry, Phase, Ripas, Slot, type State } from '../model/machine/state.js'
import { makeLeaf, Perm, writePage } from '../model/memory/page-table.js'
import {
  iommufdMapMemlock,
  mapGpaDirection,
  memslotLimit,
  qemuStops,
  type Rule,
  typeMapLimit,
  typeMapMemlock,
  typeMapOverlap,
} from '../spec/index.js'
import { brokenEnd, conversionEnds, neverEnds } from './conversion-ends.js'
import { all, type Breach, byHand, judges, type Near, witnessOf } from './testing/by-hand.js'

const { Done, None, Refused, Retry, Stopped, Stray } = ConversionEnd

/** How a way to fail is numbered that has this rule, and is injected by the environment or not. */
const causeOf = (rule: Rule, isInjected = false) =>
  failing.findIndex((one) => one.rule === rule && one.injected === isInjected)
const anyInjected = failing.findIndex(({ injected }) => injected)

type What = Partial<Machine['event']>

/** The host of these machines maps nothing by itself. */
function mapAll(m: Machine, s: State): void {
  for (let gfn = 0; gfn < m.pages; gfn += 1) writePage(m, s, 0, gfn, makeLeaf(gfn, Perm.Both))
}

const ended =
  (conversion: number, what: What = {}) =>
  (m: Machine, s: State) => {
    mapAll(m, s)
    Object.assign(m.event, { conversion, endCause: -1, asAsked: 1, asTold: 1, wasNoop: 0, tookAway: 0, ...what })
  }

/** Page 1 has no entry, and is shared. */
const unmapped: Breach['spoil'] = (m, s) => writePage(m, s, 0, 1, 0)
const noTranslation =
  'tdx.dma/shared-only: no conversion is under way any more, and page 1, which is shared, has no translation'
const inPlace = { scope: { backing: 'in-place' }, platform: presets.pkvm } as const

/** A realm, and a conversion of its pages 1 and 2 that is done: what RIPAS the pages 0 to 3 have. */
const realm = { platform: presets['arm-cca'], parts: ['secureEpt'] } as const
const { Empty, Ram, Destroyed } = Ripas
const doneWith = (toPrivate: number, ...ripas: readonly number[]) =>
  all(ended(Done, { toPrivate, endFirst: 1, endEnd: 3 }), (_, s) => s.ripas.set(ripas))
const wrongRipas =
  'cca.ripas/complete-at-top: the realm is told that a conversion is done, and a page does not have the RIPAS that ' +
  'it asked for'

const limit = { endCause: causeOf(typeMapLimit) }
const takesAway = 'tdx.map-gpa/state-unseen: a request for what is so already takes a mapping, a pin or a frame away'
const noCause = 'tdx.map-gpa/einval: a conversion is refused for no cause that a rule documents'
const stopped = 'kvm.vmm/qemu-stops: the VM is stopped, with no failure that a rule documents'

const breaches: readonly Breach[] = [
  {
    that: 'a stray load turns its page from what the guest was told',
    spoil: ended(Stray, { asTold: 0 }),
    breaks: 'tdx.map-gpa/stray-load: a stray load turns a page from what the guest was told',
  },
  { that: 'a request that is done took something away', spoil: ended(Done, { tookAway: 1 }), breaks: takesAway },
  { that: 'a refused one took something away', spoil: ended(Refused, { ...limit, tookAway: 1 }), breaks: takesAway },
  {
    that: 'a conversion is done, and not as asked',
    spoil: ended(Done, { asAsked: 0 }),
    breaks: 'tdx.map-gpa/direction: the guest is told that a conversion is done, and it is not',
  },
  ...(
    [
      ['the first page of a realm is RAM that it made shared', 0, [Empty, Ram, Empty, Empty]],
      ['the last one is destroyed', 0, [Empty, Empty, Destroyed, Empty]],
      ['the first one is EMPTY that it made private', 1, [Ram, Empty, Ram, Ram]],
      ['the last one is destroyed that it made private', 1, [Ram, Ram, Destroyed, Ram]],
    ] as const
  ).map(([that, toPrivate, ripas]) => ({
    ...{ that, on: realm, spoil: doneWith(toPrivate, ...ripas), breaks: wrongRipas },
  })),
  { that: 'the VM is stopped without a failure', spoil: ended(Stopped), breaks: stopped },
  {
    that: 'it is stopped for an overlap',
    spoil: ended(Stopped, { endCause: causeOf(typeMapOverlap) }),
    breaks: stopped,
  },
  { that: 'a refusal has no cause', spoil: ended(Refused), breaks: noCause },
  { that: 'its cause is an overlap', spoil: ended(Refused, { endCause: causeOf(typeMapOverlap) }), breaks: noCause },
  {
    that: 'what is so already is refused by a limit',
    spoil: ended(Refused, { ...limit, wasNoop: 1 }),
    breaks: noCause,
  },
  {
    that: 'a refusal left the wrong prefix',
    spoil: ended(Refused, { ...limit, asAsked: 0 }),
    breaks:
      'tdx.map-gpa/not-atomic: a conversion is refused, and a page that it converted does not have the attribute ' +
      'asked for',
  },
  {
    that: 'a refusal left the wrong rest',
    spoil: ended(Refused, { ...limit, asTold: 0 }),
    breaks:
      'tdx.map-gpa/first-unprocessed: a conversion is refused, and a page does not have the attribute that the ' +
      'guest was told',
  },
  ...[Done, Refused, Stray].map((end) => ({
    that: `end ${end} leaves a shared page without an entry`,
    spoil: all(ended(end, { endCause: anyInjected }), unmapped),
    breaks: noTranslation,
  })),
  {
    that: 'the identity map keeps devices away from a page that the guest shares',
    on: inPlace,
    spoil: all(ended(Done), (_, s) => s.idmap.fill(IdentityEntry.Absent, 1, 2)),
    breaks: noTranslation.replace('tdx.dma/shared-only', 'pkvm.iommu/share-maps'),
  },
  {
    that: 'the host has no entry for a page that the guest shares, on pKVM',
    on: inPlace,
    spoil: all(ended(Done), unmapped),
    breaks: noTranslation.replace('tdx.dma/shared-only', 'kvm.vmm/maps-shared'),
  },
]

const near: readonly Near[] = [
  { that: 'the guest shares a page, and the identity map has it', on: inPlace, spoil: ended(Done) },
  {
    that: 'a page without an entry is private',
    spoil: all(ended(Done), unmapped, (_, s) => s.guestView.fill(0, 1, 2)),
  },
  ...[None, Retry].map((end) => ({ that: `end ${end} leaves work to do`, spoil: all(ended(end), unmapped) })),
  { that: 'another vCPU is busy', spoil: all(ended(Done), unmapped, (_, s) => s.phase.fill(Phase.Running, 1, 2)) },
  { that: 'the container is closed', spoil: all(ended(Done), unmapped, (_, s) => s.closed.fill(2)) },
  { that: 'the host is dead', spoil: all(ended(Done), unmapped, (_, s) => s.hostDead.fill(1)) },
  { that: 'the VM is stopped', spoil: all(ended(Done), unmapped, (_, s) => s.tdDead.fill(1)) },
  { that: 'a raw caller maps what it likes', on: { scope: { calls: true } }, spoil: all(ended(Done), unmapped) },
  {
    that: 'no memory is there',
    on: { scope: { slotChanges: true } },
    spoil: all(ended(Done), unmapped, (_, s) => s.slotState.fill(Slot.Absent)),
  },
  {
    that: 'no device is there',
    on: { scope: { hotplug: true } },
    spoil: all(ended(Done), unmapped, (_, s) => s.attached.fill(0)),
  },
  { that: 'the pages of a realm are EMPTY that it made shared', on: realm, spoil: doneWith(0, Ram, Empty, Empty, Ram) },
  { that: 'they are RAM that it made private', on: realm, spoil: doneWith(1, Empty, Ram, Ram, Destroyed) },
  {
    that: 'a realm may have raced itself',
    on: { ...realm, scope: { guest: 'arbitrary' } },
    spoil: doneWith(1, Empty, Empty, Empty, Empty),
  },
  {
    that: 'a realm was refused',
    on: realm,
    spoil: all(doneWith(1, Empty, Empty, Empty, Empty), ended(Refused, limit)),
  },
  { that: 'nothing ended', spoil: ended(None, { asAsked: 0, asTold: 0, tookAway: 1 }) },
  { that: 'the guest is told RETRY', spoil: ended(Retry, { asAsked: 0, asTold: 0, tookAway: 1 }) },
  { that: 'a conversion is done, whatever becomes of other pages', spoil: ended(Done, { asTold: 0 }) },
  { that: 'a stray load leaves its page', spoil: ended(Stray, { asAsked: 0, tookAway: 1 }) },
  ...[Refused, Stopped].flatMap((end): Near[] => [
    ...[typeMapLimit, typeMapMemlock, iommufdMapMemlock, memslotLimit]
      .filter((rule) => causeOf(rule) >= 0)
      .map((rule) => ({ that: `end ${end} is by ${rule.id}`, spoil: ended(end, { endCause: causeOf(rule) }) })),
    { that: `end ${end} is injected`, spoil: ended(end, { endCause: anyInjected }) },
    { that: `end ${end} of a no-op is injected`, spoil: ended(end, { endCause: anyInjected, wasNoop: 1 }) },
    {
      that: `end ${end} is by the design's own rule`,
      on: { host: { refuses: typeMapOverlap } },
      spoil: ended(end, { endCause: causeOf(typeMapOverlap), wasNoop: 1 }),
    },
  ]),
  {
    that: 'the VM is stopped, whatever becomes of pages',
    spoil: ended(Stopped, { ...limit, asAsked: 0, tookAway: 1 }),
  },
]

judges(conversionEnds, breaches, near)

test('the clause that an end breaks is that which fails, and else that a conversion never ends', () => {
  const { machine: m, state: s } = byHand()
  ended(Done, { asAsked: 0 })(m, s)
  expect(brokenEnd(m, s).rule).toBe(mapGpaDirection)
  ended(Stopped)(m, s)
  expect(brokenEnd(m, s).rule).toBe(qemuStops)
  ended(None)(m, s)
  expect(brokenEnd(m, s)).toBe(neverEnds)
  expect(neverEnds.explain(m, s, -1)).toBe('a conversion never ends though every other party does its part')
})

test('the witness of conversion-ends is a conversion in each direction', () => {
  const done = (toPrivate: number) => witnessOf(conversionEnds, {}, ended(Done, { toPrivate }))
  expect([done(0), done(1)]).toEqual([1, 2])
  expect(done(0) | done(1)).toBe(conversionEnds.fullWitness)
  expect(witnessOf(conversionEnds, {}, ended(Retry, { toPrivate: 1 }))).toBe(0)
  expect(witnessOf(conversionEnds, {}, ended(Refused))).toBe(0)
  expect(witnessOf(conversionEnds, { host: { refuses: qemuStops } }, ended(Refused))).toBe(2)
})
