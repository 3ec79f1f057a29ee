import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { Gfn } from '../model/machine/units.js'
import type { Property } from './property.js'

interface AfterStep {
  readonly index: number
  readonly holds: Exclude<Property['holdsAfter'], undefined>
}

interface AtPage {
  readonly index: number
  readonly holds: Exclude<Property['holdsAt'], undefined>
}

type Numbered = Property & { readonly index: number }

const afterSteps = (properties: readonly Numbered[], ofEvents: boolean): AfterStep[] =>
  properties.flatMap(({ holdsAfter: holds, ofEvents: isOne = false, index }) =>
    holds !== undefined && isOne === ofEvents ? { index, holds } : [],
  )

function failing(m: Machine, s: State, properties: readonly AfterStep[]): number {
  let failed = 0
  for (let one = 0; one < properties.length; one += 1) {
    if (!properties[one].holds(m, s)) failed |= 1 << properties[one].index
  }
  return failed
}

type Witness = Pick<Property, 'witnessBits' | 'fullWitness'> & { readonly index: number }

/**
 * Judges properties for a search that takes each step once: what the step itself did, and, only for a state that is
 * new, the pages that the step touched. That is enough: a state's pages do not depend on the way to it, and a page
 * that fails does so first at a step that touches it. All answers are sets of indices, as bits.
 */
export class BatchMonitor {
  /** Bits of the witness seen so far, by property. */
  readonly seen: Int32Array
  /** Asked after every step, and after a step of which the event tells. */
  private readonly always: readonly AfterStep[]
  private readonly ofEvents: readonly AfterStep[]
  private readonly at: readonly AtPage[]
  /** Whose witness may still be seen: not of those that want a part which the machine does not have. */
  private unseen: readonly Witness[]

  constructor(m: Machine, properties: readonly Property[]) {
    this.seen = new Int32Array(properties.length)
    const judged = properties.flatMap((one, index): Numbered[] =>
      one.notOn?.(m) === undefined ? [{ ...one, index }] : [],
    )
    this.always = afterSteps(judged, false)
    this.ofEvents = afterSteps(judged, true)
    this.at = judged.flatMap(({ holdsAt: holds, index }) => (holds === undefined ? [] : { index, holds }))
    this.unseen = judged.flatMap(({ parts, witnessBits, fullWitness, index }) =>
      parts.every((part) => m.parts[part]) ? { index, witnessBits, fullWitness } : [],
    )
  }

  /** @returns which properties the last step itself fails */
  failsAfter(m: Machine, s: State): number {
    if (this.unseen.length > 0) this.witness(m, s)
    const failed = failing(m, s, this.always)
    return m.event.tells ? failed | failing(m, s, this.ofEvents) : failed
  }

  private witness(m: Machine, s: State): void {
    const { seen, unseen } = this
    let isNew = false
    for (let one = 0; one < unseen.length; one += 1) {
      const { index, fullWitness } = unseen[one]
      seen[index] |= unseen[one].witnessBits(m, s)
      if (seen[index] === fullWitness) isNew = true
    }
    if (isNew) this.unseen = unseen.filter(({ index, fullWitness }) => seen[index] !== fullWitness)
  }

  /**
   * @param touched pages as bits; all of them, if all bits are set (`Touched.mask`)
   * @returns which properties fail at a page that was touched
   */
  failsAt(m: Machine, s: State, touched: number): number {
    let failed = 0
    for (let gfn = 0; gfn < m.pages; gfn += 1) {
      if (touched === -1 || ((touched >>> gfn) & 1) === 1) failed |= this.failsAtPage(m, s, gfn)
    }
    return failed
  }

  private failsAtPage(m: Machine, s: State, gfn: Gfn): number {
    let failed = 0
    const { at } = this
    for (let one = 0; one < at.length; one += 1) if (!at[one].holds(m, s, gfn)) failed |= 1 << at[one].index
    return failed
  }
}
