import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { Gfn } from '../model/machine/units.js'
import { type FrameTest, findPath } from './paths.js'
import type { Property } from './property.js'

interface AsWhole {
  readonly index: number
  readonly holds: (m: Machine, s: State) => boolean
}

interface AtPage {
  readonly index: number
  readonly holds: Exclude<Property['holdsAt'], undefined>
}

/** A property that forbids paths of devices to some frames. */
interface Forbidden {
  readonly index: number
  readonly bad: FrameTest
}

interface Judged {
  readonly index: number
  readonly property: Property
}

function failing(m: Machine, s: State, asked: readonly AsWhole[]): number {
  let failed = 0
  for (let at = 0; at < asked.length; at += 1) if (!asked[at].holds(m, s)) failed |= 1 << asked[at].index
  return failed
}

interface Witness extends Pick<Property, 'witnessBits' | 'fullWitness'> {
  readonly index: number
}

/** The witnesses of some properties, until all their bits are seen. */
class Witnesses {
  /** Those that may still show something: not of properties that want a part which the machine does not have. */
  private unseen: readonly Witness[]

  /** @param seen bits of the witness seen so far, by property */
  constructor(
    private readonly seen: Int32Array,
    m: Machine,
    judged: readonly Judged[],
  ) {
    const possible = judged.filter(({ property }) => property.parts.every((part) => m.parts[part]))
    this.unseen = possible.map(({ index, property: { witnessBits, fullWitness } }) => ({
      index,
      witnessBits,
      fullWitness,
    }))
  }

  look(m: Machine, s: State): void {
    const { seen, unseen } = this
    let isFull = false
    for (let at = 0; at < unseen.length; at += 1) {
      const { index, fullWitness } = unseen[at]
      seen[index] |= unseen[at].witnessBits(m, s)
      if (seen[index] === fullWitness) isFull = true
    }
    if (isFull) this.unseen = unseen.filter(({ index, fullWitness }) => seen[index] !== fullWitness)
  }
}

/** What is asked of some properties, sorted by when. */
interface Asked {
  /** After every step. */
  readonly always: readonly AsWhole[]
  /** After a step of which the event tells. */
  readonly ofEvents: readonly AsWhole[]
  /** In a new state. */
  readonly inState: readonly AsWhole[]
  /** At a page of a new state. */
  readonly at: readonly AtPage[]
  /** Those that forbid paths, and what some of them forbids: as a rule one walk of the paths is enough for all. */
  readonly byPath: readonly Forbidden[]
  readonly badForSome: FrameTest | undefined
  readonly witnesses: Readonly<Record<'always' | 'ofEvents', Witnesses>>
}

function askedOf(m: Machine, judged: readonly Judged[], seen: Int32Array): Asked {
  const always = judged.filter(({ property }) => property.ofEvents !== true)
  const ofEvents = judged.filter(({ property }) => property.ofEvents === true)
  const byPath = judged.flatMap(({ property: { byPath }, index }) =>
    byPath === undefined ? [] : { index, bad: byPath.bad },
  )
  return {
    always: wholes(always, 'holdsAfter'),
    ofEvents: wholes(ofEvents, 'holdsAfter'),
    inState: wholes(judged, 'holdsIn'),
    at: judged.flatMap(({ property: { holdsAt, byPath }, index }) => {
      const holds = byPath === undefined ? holdsAt : byPath.rest
      return holds === undefined ? [] : { index, holds }
    }),
    byPath,
    badForSome: either(byPath.map(({ bad }) => bad)),
    witnesses: { always: new Witnesses(seen, m, always), ofEvents: new Witnesses(seen, m, ofEvents) },
  }
}

/**
 * Judges properties while a search runs, all at once. A random run asks `fails` of each step. A search that takes each
 * step once asks `failsAfter` of the step itself, and `failsIn`, only for a state that is new, of the state as a whole
 * and of the pages that the step touched. That is enough: a state does not depend on the way to it, and a
 * page that fails does so first at a step that touches it. Of steps, most do nothing of which the event tells, so that
 * few properties are asked. All answers are sets of indices, as bits. `failureOf` finds of one property by which clause
 * it fails, and says so in a sentence, for those who show or shrink a run.
 */
export class Monitor {
  /** So many properties have a bit each. */
  static readonly maxProperties = 31

  /** Bits of the witness seen so far, by property. */
  readonly seen: Int32Array
  private judged: readonly Judged[]
  private asked: Asked

  /** @throws RangeError if there are more properties than `maxProperties` */
  constructor(
    private readonly m: Machine,
    readonly properties: readonly Property[],
  ) {
    const count = properties.length
    if (count > Monitor.maxProperties) {
      throw new RangeError(`expected at most ${Monitor.maxProperties} properties to judge at once, found ${count}`)
    }
    this.seen = new Int32Array(properties.length)
    this.judged = properties.flatMap((property, index) =>
      property.notOn?.(m) === undefined ? [{ property, index }] : [],
    )
    this.asked = askedOf(m, this.judged, this.seen)
  }

  /** Whether a property is still being judged. */
  get busy(): boolean {
    return this.judged.length > 0
  }

  /** No longer judges a property: its violation is known. */
  drop(dropped: number): void {
    this.judged = this.judged.filter(({ index }) => index !== dropped)
    this.asked = askedOf(this.m, this.judged, this.seen)
  }

  isWitnessed(index: number): boolean {
    return this.seen[index] === this.properties[index].fullWitness
  }

  /** @returns which properties the last step itself fails */
  failsAfter(m: Machine, s: State): number {
    const { always, ofEvents, witnesses } = this.asked
    witnesses.always.look(m, s)
    const failed = failing(m, s, always)
    if (!m.event.tells) return failed
    witnesses.ofEvents.look(m, s)
    return failed | failing(m, s, ofEvents)
  }

  /**
   * Judges a new state, whichever step led to it.
   *
   * @param touched pages as bits; all of them, if all bits are set (`Touched.mask`)
   * @returns which properties fail as a whole, or at a page that was touched
   */
  failsIn(m: Machine, s: State, touched: number): number {
    let failed = failing(m, s, this.asked.inState)
    for (let gfn = 0; gfn < m.pages; gfn += 1) {
      if (touched === -1 || ((touched >>> gfn) & 1) === 1) failed |= this.failsAtPage(m, s, gfn)
    }
    return failed
  }

  /** @returns which properties fail after the last step: it, the state as a whole, or a page that it touched */
  fails(m: Machine, s: State): number {
    let failed = this.failsAfter(m, s) | failing(m, s, this.asked.inState)
    const { count, firsts, ends } = m.touched
    for (let range = 0; range < count; range += 1) {
      for (let gfn = firsts[range]; gfn < ends[range]; gfn += 1) failed |= this.failsAtPage(m, s, gfn)
    }
    return failed
  }

  private failsAtPage(m: Machine, s: State, gfn: Gfn): number {
    const { at, badForSome } = this.asked
    let failed = badForSome !== undefined && findPath(m, s, gfn, badForSome) >= 0 ? this.failsByPath(m, s, gfn) : 0
    for (let one = 0; one < at.length; one += 1) if (!at[one].holds(m, s, gfn)) failed |= 1 << at[one].index
    return failed
  }

  private failsByPath(m: Machine, s: State, gfn: Gfn): number {
    let failed = 0
    for (const { index, bad } of this.asked.byPath) if (findPath(m, s, gfn, bad) >= 0) failed |= 1 << index
    return failed
  }
}

function either([first, ...rest]: readonly FrameTest[]): FrameTest | undefined {
  const others = rest.length === 0 ? undefined : either(rest)
  if (first === undefined || others === undefined) return first
  return (m, s, gfn, frame) => first(m, s, gfn, frame) || others(m, s, gfn, frame)
}

const wholes = (judged: readonly Judged[], which: 'holdsIn' | 'holdsAfter'): AsWhole[] =>
  judged.flatMap(({ property: { [which]: holds }, index }) => (holds === undefined ? [] : { index, holds }))
