import type { Machine } from '../model/machine.js'
import type { State } from '../model/state.js'
import type { Touched } from '../model/touched.js'
import type { Property } from './property.js'

/**
 * Judges properties for a search that takes each step once: what the step itself did, and, only for a state that is
 * new, the pages that the step touched. That is enough: a state's pages do not depend on the way to it, and a page
 * that fails does so first at a step that touches it. All answers are sets of indices, as bits.
 */
export class StepJudge {
  /** Bits of the witness seen so far, by property. */
  readonly seen: Int32Array
  private readonly after: readonly [number, Exclude<Property['holdsAfter'], undefined>][]
  private readonly at: readonly [number, Exclude<Property['holdsAt'], undefined>][]
  private unseen: readonly number[]

  constructor(private readonly properties: readonly Property[]) {
    this.seen = new Int32Array(properties.length)
    this.unseen = properties.map((_, index) => index)
    this.after = properties.flatMap(({ holdsAfter }, index) => (holdsAfter === undefined ? [] : [[index, holdsAfter]]))
    this.at = properties.flatMap(({ holdsAt }, index) => (holdsAt === undefined ? [] : [[index, holdsAt]]))
  }

  /** @returns which properties the last step itself fails */
  failsAfter(m: Machine, s: State): number {
    if (this.unseen.length > 0) this.witness(m, s)
    let failed = 0
    for (const [index, holds] of this.after) if (!holds(m, s)) failed |= 1 << index
    return failed
  }

  private witness(m: Machine, s: State): void {
    for (const index of this.unseen) this.seen[index] |= this.properties[index].seen(m, s)
    if (this.unseen.some((index) => this.seen[index] === this.properties[index].allSeen)) {
      this.unseen = this.unseen.filter((index) => this.seen[index] !== this.properties[index].allSeen)
    }
  }

  /** @returns which properties fail at a page that was touched */
  failsAt(m: Machine, s: State, touched: Touched): number {
    let failed = 0
    for (let range = 0; range < touched.count; range += 1) {
      const end = touched.ends[range]
      for (let gfn = touched.firsts[range]; gfn < end; gfn += 1) failed |= this.failsAtPage(m, s, gfn)
    }
    return failed
  }

  private failsAtPage(m: Machine, s: State, gfn: number): number {
    let failed = 0
    for (const [index, holds] of this.at) if (!holds(m, s, gfn)) failed |= 1 << index
    return failed
  }
}
