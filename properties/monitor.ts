import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'
import type { Gfn } from '../model/machine/units.js'
import type { Rule } from '../spec/index.js'
import { BatchMonitor } from './batch-monitor.js'
import { type Clause, type Property, ruleOn } from './property.js'

/** A property that failed at a step: by which clause, where, and in words. */
export interface Failure {
  readonly property: Property
  readonly clause: Clause
  /** The rule that is broken. */
  readonly rule: Rule
  /** -1 if it is of no page. */
  readonly gfn: Gfn
  readonly why: string
}

/** What a trace says of a failure: its sentence, the id of the rule that is broken, and the page, if it is of one. */
export const broken = ({ why, rule, gfn }: Failure): { why: string; broken: string; page?: Gfn } => ({
  why,
  broken: rule.id,
  ...(gfn < 0 ? {} : { page: gfn }),
})

/** Judges properties after each step of a run, until each is dropped, and keeps what their witnesses have seen. */
export class Monitor {
  private readonly active: Uint8Array
  /** Bits of the witness seen so far, by property. */
  private readonly seen: Int32Array
  /** The active properties, in order, in parts that one batch can judge. */
  private parts: readonly Part[]

  constructor(
    private readonly m: Machine,
    readonly properties: readonly Property[],
  ) {
    this.active = new Uint8Array(properties.length).fill(1)
    this.seen = new Int32Array(properties.length)
    this.parts = this.makeParts()
  }

  /** Whether a property is still being judged. */
  get busy(): boolean {
    return this.parts.length > 0
  }

  /** No longer judges a property: its violation is known. */
  drop(index: number): void {
    this.keepSeen()
    this.active[index] = 0
    this.parts = this.makeParts()
  }

  /** @returns the index of the first active property that fails after the last step, or -1 */
  firstFailing(s: State): number {
    for (let part = 0; part < this.parts.length; part += 1) {
      const { batch, indices } = this.parts[part]
      const failed = batch.fails(this.m, s)
      if (failed !== 0) return indices[31 - Math.clz32(failed & -failed)]
    }
    return -1
  }

  isWitnessed(index: number): boolean {
    this.keepSeen()
    return this.seen[index] === this.properties[index].fullWitness
  }

  private makeParts(): Part[] {
    const left = this.properties.flatMap((_, index) => (this.active[index] === 1 ? [index] : []))
    const parts: Part[] = []
    for (let first = 0; first < left.length; first += BatchMonitor.maxProperties) {
      const indices = left.slice(first, first + BatchMonitor.maxProperties)
      const judged = indices.map((index) => this.properties[index])
      parts.push({ indices, batch: new BatchMonitor(this.m, judged) })
    }
    return parts
  }

  private keepSeen(): void {
    for (const { batch, indices } of this.parts) {
      for (const [at, index] of indices.entries()) this.seen[index] |= batch.seen[at]
    }
  }
}

interface Part {
  readonly batch: BatchMonitor
  /** Which property each bit of the batch is. */
  readonly indices: readonly number[]
}

function failsAt(m: Machine, s: State, holdsAt: Exclude<Property['holdsAt'], undefined>): number {
  const { touched } = m
  for (let range = 0; range < touched.count; range += 1) {
    const end = touched.ends[range]
    for (let gfn = touched.firsts[range]; gfn < end; gfn += 1) if (!holdsAt(m, s, gfn)) return gfn
  }
  return -1
}

/** The failure of a property after the last step; undefined if it holds. @throws Error if no clause explains it */
export function failureOf(m: Machine, s: State, property: Property): Failure | undefined {
  const isFine = property.holdsAfter?.(m, s) !== false && property.holdsIn?.(m, s) !== false
  if (isFine && (property.holdsAt === undefined || failsAt(m, s, property.holdsAt) < 0)) return undefined
  for (const clause of property.clauses) {
    const gfn = clause.holdsAt === undefined ? -1 : failsAt(m, s, clause.holdsAt)
    if (gfn < 0 && clause.holdsAfter?.(m, s) !== false && clause.holdsIn?.(m, s) !== false) continue
    return { property, clause, rule: ruleOn(m, clause), gfn, why: clause.explain(m, s, gfn) }
  }
  throw new Error(`${property.name} fails, and no clause of it does`)
}
