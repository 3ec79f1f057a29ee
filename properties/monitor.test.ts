import { expect, test } from 'vitest'
import { typeMapOverlap } from '../spec/index.js'
import { broken, failureOf } from './failure.js'
import { Monitor } from './monitor.js'
import { type Property, property } from './property.js'
import { byHand } from './testing/by-hand.js'

const explain = () => ''

/** Properties of single views, so that a test breaks one at will. */
const named = (name: string, which: Partial<Property>): Property => ({
  ...property({
    ...{ name, statement: '', clauses: [{ rule: typeMapOverlap, explain }], parts: [], witness: '', fullWitness: 3 },
    witnessBits: (_, s) => s.mappings[0],
  }),
  ...which,
})
const afterAlive = named('after each step', { holdsAfter: (_, s) => s.hostDead[0] === 0 })
const ofEvents = named('of events', { holdsAfter: (_, s) => s.tdDead[0] === 0, ofEvents: true })
const inState = named('in a state', { holdsIn: (_, s) => s.closed[0] !== 1 })
const atPages = named('at pages', { holdsAt: (_, s, gfn) => s.orphans[gfn] === 0 })
const notHere = named('not here', { holdsAfter: () => false, holdsAt: () => false, notOn: () => 'never' })
const wantsPart = named('wants a part', { parts: ['secureEpt'] })
const all = [afterAlive, ofEvents, atPages]

test('a monitor tells all that fails after a step, at touched pages alone, and forgets what is dropped', () => {
  const { machine: m, state: s } = byHand()
  const monitor = new Monitor(m, all)
  expect(monitor.fails(m, s)).toBe(0)
  s.orphans[2] = 1
  expect(monitor.fails(m, s)).toBe(0b100)
  m.touched.clear()
  m.touched.page(1)
  m.touched.range(3, 4)
  expect(monitor.fails(m, s)).toBe(0)
  m.touched.range(1, 3)
  expect(monitor.fails(m, s)).toBe(0b100)
  s.tdDead[0] = 1
  m.event.cause = 0
  expect(monitor.fails(m, s)).toBe(0b110)
  monitor.drop(1)
  expect(monitor.fails(m, s)).toBe(0b100)
  monitor.drop(2)
  monitor.drop(2)
  expect([monitor.fails(m, s), monitor.busy]).toEqual([0, true])
  monitor.drop(0)
  expect(monitor.busy).toBe(false)
})

test('a monitor has seen a witness once all its bits were seen, of properties that are still judged', () => {
  const { machine: m, state: s } = byHand()
  const monitor = new Monitor(m, all)
  monitor.drop(1)
  s.mappings[0] = 1
  monitor.fails(m, s)
  expect(monitor.isWitnessed(0)).toBe(false)
  s.mappings[0] = 2
  monitor.fails(m, s)
  expect([0, 1, 2].map((index) => monitor.isWitnessed(index))).toEqual([true, false, true])
})

test('a judge of steps asks properties of events only when the event tells, and none that makes no sense', () => {
  const { machine: m, state: s } = byHand()
  const judge = new Monitor(m, [notHere, ...all])
  expect([judge.failsAfter(m, s), judge.failsIn(m, s, -1)]).toEqual([0, 0])
  s.tdDead[0] = 1
  expect(judge.failsAfter(m, s)).toBe(0)
  m.event.cause = 0
  expect(judge.failsAfter(m, s)).toBe(0b100)
  s.hostDead[0] = 1
  expect(judge.failsAfter(m, s)).toBe(0b110)
})

test('a judge of steps asks at the pages that were touched', () => {
  const { machine: m, state: s } = byHand()
  const judge = new Monitor(m, all)
  s.orphans[2] = 1
  expect([-1, 0b0100, 0b1111, 0b1011, 0].map((touched) => judge.failsIn(m, s, touched))).toEqual([4, 4, 4, 0, 0])
  s.orphans[0] = 1
  expect(judge.failsIn(m, s, 0b0001)).toBe(4)
})

test('a judge of steps asks of a state as a whole when it is new, and after each step where it is asked so', () => {
  const { machine: m, state: s } = byHand()
  const judge = new Monitor(m, [...all, inState])
  s.closed[0] = 1
  m.event.cause = 0
  expect([judge.failsAfter(m, s), judge.failsIn(m, s, 0)]).toEqual([0, 0b1000])
  expect(new Monitor(m, [...all, inState]).fails(m, s)).toBe(0b1000)
})

test('a judge of steps collects witnesses until they are full, of properties whose parts are on', () => {
  const { machine: m, state: s } = byHand()
  const judge = new Monitor(m, [notHere, ...all, wantsPart])
  const seen = (bits: number) => {
    s.mappings[0] = bits
    judge.failsAfter(m, s)
    return [...judge.seen]
  }
  expect(seen(1)).toEqual([0, 1, 0, 1, 0])
  m.event.cause = 0
  expect(seen(3)).toEqual([0, 3, 3, 3, 0])
  expect(seen(4)).toEqual([0, 3, 3, 3, 0])
})

test('a property that fails where no clause of it does is a mistake, and is reported as one', () => {
  const { machine: m, state: s } = byHand()
  expect(() => failureOf(m, s, named('mine', { holdsAfter: () => false }))).toThrow(
    'mine fails, and no clause of it does',
  )
})

test('a trace says of a failure its sentence, its rule, and the page if it is of one', () => {
  const failure = (gfn: number) => ({
    ...{ property: atPages, clause: atPages.clauses[0], rule: typeMapOverlap, gfn, why: 'an orphan is left' },
  })
  const said = { why: 'an orphan is left', broken: typeMapOverlap.id }
  expect([2, 0, -1].map((gfn) => broken(failure(gfn)))).toEqual([{ ...said, page: 2 }, { ...said, page: 0 }, said])
})
