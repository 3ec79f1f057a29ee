import { Coverage } from '../../model/actions/relation.js'
import { initialState } from '../../model/initial-state.js'
import type { Machine } from '../../model/machine/machine.js'
import { Dmar, Owner, Ripas, type State } from '../../model/machine/state.js'
import { type InterfaceName, isRmmInterface } from '../protocol/messages.js'
import { freshRealm } from './rmm/realm.js'

/** What a candidate is made of. */
interface Parts {
  readonly machine: Machine
  /** The platform by name, for people. */
  readonly platform: string
  readonly state: State
  /** Whose calls these are. */
  readonly on: InterfaceName
  /** Value by frame; a free frame has 0, as a fresh page does, and -1 stands for bytes that differ. */
  readonly values: Int16Array
  /** What an RMM keeps and the model's state leaves out (`rmm/realm.ts`); empty on other interfaces. */
  readonly realm: Int16Array
  readonly faulted: boolean
  /** Coverage of the calls since the reset, if evidence is collected. */
  readonly coverage: Coverage | undefined
}

/**
 * One model state that explains every reply so far, on one platform; with what the protocol shows and the model leaves
 * out: the value of each frame, and whether a fault waits to be observed.
 */
export class CandidateState implements Parts {
  readonly machine: Machine
  readonly platform: string
  readonly state: State
  readonly on: InterfaceName
  readonly values: Int16Array
  readonly realm: Int16Array
  faulted: boolean
  readonly coverage: Coverage | undefined

  private constructor(parts: Parts) {
    this.machine = parts.machine
    this.platform = parts.platform
    this.state = parts.state
    this.on = parts.on
    this.values = parts.values
    this.realm = parts.realm
    this.faulted = parts.faulted
    this.coverage = parts.coverage
  }

  /** After a reset. */
  static fresh(machine: Machine, platform: string, on: InterfaceName, isWatched = false): CandidateState {
    const state = initialState(machine)
    // The realm of the protocol was made with all of its pages RAM.
    if (machine.realm) state.ripas.fill(Ripas.Ram)
    // The TD of the protocol has accepted the entries of the devices that it trusts.
    state.dmar.fill(Dmar.Present)
    const coverage = isWatched ? new Coverage() : undefined
    const realm = isRmmInterface(on) ? freshRealm(machine) : new Int16Array(0)
    const values = new Int16Array(state.owner.length)
    return new CandidateState({ machine, platform, state, on, values, realm, faulted: false, coverage })
  }

  /** Whether the calls are those of a page table with nothing above it. */
  get isTable(): boolean {
    return this.on === 'page-table'
  }

  copy(): CandidateState {
    const state = this.machine.blankState()
    state.bytes.set(this.state.bytes)
    const coverage = this.coverage && new Coverage()
    const { machine, platform, on, faulted } = this
    const [values, realm] = [this.values.slice(), this.realm.slice()]
    const candidate = new CandidateState({ machine, platform, state, on, values, realm, faulted, coverage })
    candidate.follow(this.coverage)
    return candidate
  }

  /** Copies another candidate of the same machine into this one. */
  copyFrom(other: CandidateState): void {
    this.state.bytes.set(other.state.bytes)
    this.values.set(other.values)
    this.realm.set(other.realm)
    this.faulted = other.faulted
    this.follow(other.coverage)
  }

  /** Keeps the coverage that an equal candidate has as well. */
  intersectCoverage(other: CandidateState): void {
    if (this.coverage === undefined || other.coverage === undefined) return
    keepBoth(this.coverage.taken, other.coverage.taken)
    keepBoth(this.coverage.failed, other.coverage.failed)
  }

  private follow(coverage: Coverage | undefined): void {
    if (this.coverage === undefined || coverage === undefined) return
    this.coverage.taken.set(coverage.taken)
    this.coverage.failed.set(coverage.failed)
  }

  equals(other: CandidateState): boolean {
    return (
      this.machine === other.machine &&
      this.faulted === other.faulted &&
      Buffer.compare(this.state.bytes, other.state.bytes) === 0 &&
      isSame(this.values, other.values) &&
      isSame(this.realm, other.realm)
    )
  }

  /** Clears the values of free frames. */
  forgetFreed(): void {
    const { owner } = this.state
    for (let frame = 0; frame < owner.length; frame += 1) if (owner[frame] === Owner.Free) this.values[frame] = 0
  }
}

const isSame = (mine: Int16Array, others: Int16Array): boolean => mine.every((value, at) => value === others[at])

function keepBoth(mine: Float64Array, others: Float64Array): void {
  for (const [at, times] of others.entries()) mine[at] = Math.min(mine[at] ?? 0, times)
}
