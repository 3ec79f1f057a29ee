import { expect, test } from 'vitest'
import { failing } from '../model/actions/relation.js'
import { ConversionEnd } from '../model/machine/effects.js'
import type { Machine } from '../model/machine/machine.js'
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
import { type Breach, byHand, judges, type Near, witnessOf } from './testing/by-hand.js'

const { Done, None, Refused, Retry, Stopped, Stray } = ConversionEnd

/** How a way to fail is numbered that has this rule, and is injected by the environment or not. */
const causeOf = (rule: Rule, isInjected = false) =>
  failing.findIndex((one) => one.rule === rule && one.injected === isInjected)
const anyInjected = failing.findIndex(({ injected }) => injected)

type What = Partial<Machine['event']>

const ended =
  (conversion: number, what: What = {}) =>
  (m: Machine) =>
    Object.assign(m.event, { conversion, endCause: -1, asAsked: 1, asTold: 1, wasNoop: 0, tookAway: 0, ...what })

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
]

const near: readonly Near[] = [
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
  ended(Done, { asAsked: 0 })(m)
  expect(brokenEnd(m, s).rule).toBe(mapGpaDirection)
  ended(Stopped)(m)
  expect(brokenEnd(m, s).rule).toBe(qemuStops)
  ended(None)(m)
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
