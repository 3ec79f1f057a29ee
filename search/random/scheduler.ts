import type { Prng } from '../../base/prng.js'
import { placesOf, rows } from '../../model/actions/relation.js'
import type { EnvironmentRow } from '../../model/actions/row.js'
import { candidate, forEachEnabled, nextStep } from '../../model/actions/step.js'
import type { Code } from '../../model/machine/action.js'
import { hostIsAlive } from '../../model/machine/any-active.js'
import type { Machine } from '../../model/machine/machine.js'
import { Reg, regOf } from '../../model/machine/registers.js'
import { Phase, type State } from '../../model/machine/state.js'

/** Rejected draws after which all enabled actions are listed instead: more where a list is long. */
const maxRejections = (candidates: number) => (candidates < 4096 ? 64 : 16_384)

/** How a search chooses among what is enabled: each alike, or more of what may go wrong. */
export type Choice = 'uniform' | 'biased'

/** Draws enabled actions without listing them: a draw costs by what is active, not by the size of the guest. */
export class RandomScheduler {
  /** The machine's rows; candidates now, and weight, by their index; and which of them have candidates now. */
  private readonly rows: readonly EnvironmentRow[]
  private readonly counts: Float64Array
  private readonly live: Int32Array
  private liveRows = 0
  private readonly weights: Float64Array
  private total = 0
  private weight = 0

  constructor(
    private readonly m: Machine,
    private readonly prng: Prng,
    private readonly choice: Choice,
  ) {
    this.rows = m.environment.map((kind) => rows[kind] as EnvironmentRow)
    this.counts = new Float64Array(m.environment.length)
    this.live = new Int32Array(m.environment.length)
    this.weights = Float64Array.from(this.rows, (row) => weightOf(m, row))
  }

  /** Writes one enabled action into the code. @returns false if nothing is enabled */
  next(s: State, a: Code): boolean {
    if (!hostIsAlive(s)) return false
    this.count(s)
    for (let tries = maxRejections(this.total); tries > 0; tries -= 1) {
      if (this.choice === 'biased' ? this.tryBiased(s, a) : this.tryUniform(s, a)) return true
    }
    return this.fromList(s, a)
  }

  private count(s: State): void {
    this.total = this.m.scope.vcpus
    this.weight = 0
    this.liveRows = 0
    for (let row = 0; row < this.rows.length; row += 1) {
      const count = this.rows[row].candidates(this.m, s)
      if (count === 0) continue
      this.counts[row] = count
      this.total += count
      this.weight += this.weights[row]
      this.live[this.liveRows] = row
      this.liveRows += 1
    }
  }

  private tryUniform(s: State, a: Code): boolean {
    let index = this.prng.nextBelow(this.total)
    if (index < this.m.scope.vcpus) return nextStep(this.m, s, index, a)
    index -= this.m.scope.vcpus
    let at = 0
    while (index >= this.counts[this.live[at]]) {
      index -= this.counts[this.live[at]]
      at += 1
    }
    return candidate(this.m, s, this.m.environment[this.live[at]], index, a)
  }

  private tryBiased(s: State, a: Code): boolean {
    if (this.prng.nextBelow(5) < 2) return nextStep(this.m, s, this.prng.nextBelow(this.m.scope.vcpus), a)
    let share = this.prng.nextBelow(this.weight)
    if (this.liveRows === 0) return false
    let at = 0
    while (at < this.liveRows - 1 && share >= this.weights[this.live[at]]) {
      share -= this.weights[this.live[at]]
      at += 1
    }
    const row = this.live[at]
    const kind = this.m.environment[row]
    const isFine = candidate(this.m, s, kind, this.prng.nextBelow(this.counts[row]), a)
    const flaw = flawAt[kind]
    if (flaw > 0 && this.prng.nextBelow(4) > 0) a[flaw] = 0
    return this.lookWhereItHappens(s, kind, a) ?? isFine
  }

  /** Three times in four, moves the action to a page of a superpage under conversion. */
  private lookWhereItHappens(s: State, kind: number, a: Code): boolean | undefined {
    const row = rows[kind]
    if (row.by !== 'environment' || row.page === 0 || this.prng.nextBelow(4) === 0) return undefined
    const vcpu = this.prng.nextBelow(this.m.scope.vcpus)
    if (s.phase[vcpu] === Phase.Idle) return undefined
    const first = Math.floor(s.reg[regOf(vcpu, Reg.chunkFirst)] / this.m.perSuper) * this.m.perSuper
    a[row.page] = first + this.prng.nextBelow(this.m.perSuper)
    return row.possible(this.m, s, a)
  }

  private fromList(s: State, a: Code): boolean {
    let count = 0
    forEachEnabled(this.m, s, a, () => {
      count += 1
    })
    let wanted = count === 0 ? -1 : this.prng.nextBelow(count)
    let found: Int32Array | undefined
    forEachEnabled(this.m, s, a, (code) => {
      if (wanted === 0) found = code.slice()
      wanted -= 1
    })
    if (found !== undefined) a.set(found)
    return found !== undefined
  }
}

/** Where a code says what is wrong with a call, by kind; 0 if it does not. Most calls drawn are well formed. */
const flawAt = placesOf('flaw')

const weightOf = (m: Machine, { weight }: EnvironmentRow): number => (typeof weight === 'number' ? weight : weight(m))
