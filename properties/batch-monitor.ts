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
  for (let one = 0; one < asked.length; one += 1) if (!asked[one].holds(m, s)) failed |= 1 << asked[one].index
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
    for (let one = 0; one < unseen.length; one += 1) {
      const { index, fullWitness } = unseen[one]
      seen[index] |= unseen[one].witnessBits(m, s)
      if (seen[index] === fullWitness) isFull = true
    }
    if (isFull) this.unseen = unseen.filter(({ index, fullWitness }) => seen[index] !== fullWitness)
  }
}

/**
 * Judges properties for a search that takes each step once: the step itself, and, only for a state that is new, the
 * state as a whole and the pages that the step touched. That is enough: a state does not depend on the way to it, and a
 * page that fails does so first at a step that touches it. Of steps, most do nothing of which the event tells, so that
 * few properties are asked. All answers are sets of indices, as bits.
 */
export class BatchMonitor {
  /** So many properties have a bit each. */
  static readonly maxProperties = 31

  /** Bits of the witness seen so far, by property. */
  readonly seen: Int32Array
  /** Asked after every step; after a step of which the event tells; in a new state; at a page of a new state. */
  private readonly always: readonly AsWhole[]
  private readonly ofEvents: readonly AsWhole[]
  private readonly inState: readonly AsWhole[]
  private readonly at: readonly AtPage[]
  /** Those that forbid paths, and what some of them forbids: as a rule one walk of the paths is enough for all. */
  private readonly byPath: readonly Forbidden[]
  private readonly badForSome: FrameTest | undefined
  private readonly witnesses: Readonly<Record<'always' | 'ofEvents', Witnesses>>

  constructor(m: Machine, properties: readonly Property[]) {
    this.seen = new Int32Array(properties.length)
    const judged = properties.flatMap((property, index) =>
      property.notOn?.(m) === undefined ? [{ property, index }] : [],
    )
    const always = judged.filter(({ property }) => property.ofEvents !== true)
    const ofEvents = judged.filter(({ property }) => property.ofEvents === true)
    this.always = asked(always, 'holdsAfter')
    this.ofEvents = asked(ofEvents, 'holdsAfter')
    this.inState = asked(judged, 'holdsIn')
    this.at = judged.flatMap(({ property: { holdsAt, byPath }, index }) => {
      const holds = byPath === undefined ? holdsAt : byPath.rest
      return holds === undefined ? [] : { index, holds }
    })
    this.byPath = judged.flatMap(({ property: { byPath }, index }) =>
      byPath === undefined ? [] : { index, bad: byPath.bad },
    )
    this.badForSome = either(this.byPath.map(({ bad }) => bad))
    this.witnesses = {
      always: new Witnesses(this.seen, m, always),
      ofEvents: new Witnesses(this.seen, m, ofEvents),
    }
  }

  /** @returns which properties the last step itself fails */
  failsAfter(m: Machine, s: State): number {
    this.witnesses.always.look(m, s)
    const failed = failing(m, s, this.always)
    if (!m.event.tells) return failed
    this.witnesses.ofEvents.look(m, s)
    return failed | failing(m, s, this.ofEvents)
  }

  /**
   * Judges a new state, whichever step led to it.
   *
   * @param touched pages as bits; all of them, if all bits are set (`Touched.mask`)
   * @returns which properties fail as a whole, or at a page that was touched
   */
  failsIn(m: Machine, s: State, touched: number): number {
    let failed = failing(m, s, this.inState)
    for (let gfn = 0; gfn < m.pages; gfn += 1) {
      if (touched === -1 || ((touched >>> gfn) & 1) === 1) failed |= this.failsAtPage(m, s, gfn)
    }
    return failed
  }

  /** @returns which properties fail after the last step: it, the state as a whole, or a page that it touched */
  fails(m: Machine, s: State): number {
    let failed = this.failsAfter(m, s) | failing(m, s, this.inState)
    const { count, firsts, ends } = m.touched
    for (let range = 0; range < count; range += 1) {
      for (let gfn = firsts[range]; gfn < ends[range]; gfn += 1) failed |= this.failsAtPage(m, s, gfn)
    }
    return failed
  }

  private failsAtPage(m: Machine, s: State, gfn: Gfn): number {
    const { at, badForSome } = this
    let failed = badForSome !== undefined && findPath(m, s, gfn, badForSome) >= 0 ? this.failsByPath(m, s, gfn) : 0
    for (let one = 0; one < at.length; one += 1) if (!at[one].holds(m, s, gfn)) failed |= 1 << at[one].index
    return failed
  }

  private failsByPath(m: Machine, s: State, gfn: Gfn): number {
    let failed = 0
    for (const { index, bad } of this.byPath) if (findPath(m, s, gfn, bad) >= 0) failed |= 1 << index
    return failed
  }
}

function either([first, ...rest]: readonly FrameTest[]): FrameTest | undefined {
  const others = rest.length === 0 ? undefined : either(rest)
  if (first === undefined || others === undefined) return first
  return (m, s, gfn, frame) => first(m, s, gfn, frame) || others(m, s, gfn, frame)
}

const asked = (judged: readonly Judged[], which: 'holdsIn' | 'holdsAfter'): AsWhole[] =>
  judged.flatMap(({ property: { [which]: holds }, index }) => (holds === undefined ? [] : { index, holds }))
