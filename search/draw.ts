import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'
import type { Code } from '../model/action.js'
import type { Machine } from '../model/machine.js'
import { Reg, registerCount } from '../model/registers.js'
import { kindIndex, rows } from '../model/relation.js'
import { Phase, type State } from '../model/state.js'
import { candidate, environmentKinds, forEachEnabled, nextStep } from '../model/step.js'

/** Rejected draws after which all enabled actions are listed instead. */
const patience = 64

/** A source of numbers: the same seed gives the same run on every Node. */
export class Dice {
  private generator: RandomGenerator

  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed | 0)
  }

  reseed(seed: number): void {
    this.generator = xoroshiro128plus(seed | 0)
  }

  /** @returns a whole number from 0 up to, not including, `below`; below 2^32 */
  below(below: number): number {
    return Math.floor(((this.generator.next() >>> 0) / 0x1_0000_0000) * below)
  }
}

/** How a search chooses among what is enabled: each alike, or more of what may go wrong. */
export type Choice = 'uniform' | 'biased'

/** How often the biased choice asks for each kind, against 1 for a kind not named. */
const weights: Readonly<Record<string, number>> = {
  'guest.convert': 5,
  'dma.issue': 8,
  'vtd.walk': 10,
  'vtd.walk-from-cache': 6,
  'vtd.hit-iotlb': 8,
  'dma.hit-device-tlb': 6,
  'dma.complete': 6,
  'vtd.invalidate': 10,
  'vtd.complete-wait': 10,
  'gmem.populate': 2,
  'guest.access': 4,
  'tdg.mem.page.accept': 4,
  'kvm.fault-resolve': 3,
  'kvm.fault-install': 4,
  'vmm.teardown': 0.15,
  'host.fail-next': 1,
  'guest.retry': 4,
}

/** Draws enabled actions without listing them: a draw costs by what is active, not by the size of the guest. */
export class Draw {
  private readonly counts: Float64Array
  private readonly total: number
  private readonly table: Uint16Array

  constructor(
    private readonly m: Machine,
    s: State,
    private readonly dice: Dice,
    private readonly choice: Choice,
  ) {
    this.counts = Float64Array.from(environmentKinds, (kind) => candidates(m, s, kind))
    this.total = this.counts.reduce((sum, count) => sum + count, m.scope.vcpus)
    this.table = choice === 'biased' ? this.weighted() : new Uint16Array(0)
  }

  /** Writes one enabled action into the code. @returns false if nothing is enabled */
  next(s: State, a: Code): boolean {
    if (s.hostDead[0] === 1) return false
    for (let tries = 0; tries < patience; tries += 1) {
      if (this.choice === 'biased' ? this.tryBiased(s, a) : this.tryUniform(s, a)) return true
    }
    return this.fromList(s, a)
  }

  private tryUniform(s: State, a: Code): boolean {
    let index = this.dice.below(this.total)
    if (index < this.m.scope.vcpus) return nextStep(this.m, s, index, a)
    index -= this.m.scope.vcpus
    for (let row = 0; row < this.counts.length; row += 1) {
      if (index < this.counts[row]) return candidate(this.m, s, environmentKinds[row], index, a)
      index -= this.counts[row]
    }
    return false
  }

  private tryBiased(s: State, a: Code): boolean {
    if (this.dice.below(5) < 2) return nextStep(this.m, s, this.dice.below(this.m.scope.vcpus), a)
    const row = this.table[this.dice.below(this.table.length)]
    const kind = environmentKinds[row]
    const isFine = candidate(this.m, s, kind, this.dice.below(this.counts[row]), a)
    return this.lookWhereItHappens(s, kind, a) ?? isFine
  }

  /** Three times in four, moves the action to a page of a superpage under conversion. */
  private lookWhereItHappens(s: State, kind: number, a: Code): boolean | undefined {
    const row = rows[kind]
    if (row.by !== 'environment' || row.page === undefined || this.dice.below(4) === 0) return undefined
    const vcpu = this.dice.below(this.m.scope.vcpus)
    if (s.phase[vcpu] === Phase.Idle) return undefined
    const first = Math.floor(s.reg[vcpu * registerCount + Reg.chunkFirst] / this.m.perSuper) * this.m.perSuper
    a[row.page] = first + this.dice.below(this.m.perSuper)
    return row.possible(this.m, s, a)
  }

  private fromList(s: State, a: Code): boolean {
    let count = 0
    forEachEnabled(this.m, s, a, () => {
      count += 1
    })
    let wanted = count === 0 ? -1 : this.dice.below(count)
    let found: Int32Array | undefined
    forEachEnabled(this.m, s, a, (code) => {
      if (wanted === 0) found = code.slice()
      wanted -= 1
    })
    if (found !== undefined) a.set(found)
    return found !== undefined
  }

  private weighted(): Uint16Array {
    const list = environmentKinds.flatMap((kind, row) => {
      const name = Object.keys(weights).find((known) => kindIndex(known) === kind)
      const weight = name === undefined ? 1 : (weights[name] ?? 1)
      return this.counts[row] === 0 ? [] : new Array<number>(Math.ceil(weight * 20)).fill(row)
    })
    return Uint16Array.from(list)
  }
}

function candidates(m: Machine, s: State, kind: number): number {
  const row = rows[kind]
  return row.by === 'environment' ? row.candidates(m, s) : 0
}
