import { edgeLabel } from '../../checker/liveness/edge-log.js'
import type { Packing } from '../../checker/packing/packing.js'
import { packingOf } from '../../checker/packing/packing-of.js'
import type { StateStore } from '../../checker/state-store.js'
import type { SuccessorVisitor, System } from '../../checker/system.js'
import { kindIndex } from '../../model/actions/relation.js'
import { CandidateCodes, forEachEnabled, step } from '../../model/actions/step.js'
import { initialState } from '../../model/initial-state.js'
import { codeLength } from '../../model/machine/action.js'
import type { Machine } from '../../model/machine/machine.js'
import type { State } from '../../model/machine/state.js'
import type { Property } from '../../properties/index.js'
import { Monitor } from '../../properties/monitor.js'
import { fairnessClassesOf } from './fairness.js'
import { IndependentSteps, isReducible } from './reduction/independent-steps.js'
import { Canonical, type SymmetryChoice } from './symmetry/symmetry.js'

/** One step of a path that is followed: its action, the state it leads to, and the properties that fail. */
export interface Followed {
  readonly action: Int32Array
  readonly words: Int32Array
  /** The same state as it is stored: up to symmetry, if the search is. */
  readonly key: Int32Array
  /** The same state without what the search forgets. */
  readonly kept: Int32Array
  readonly failed: number
}

/** By name: teardown goes over all pages in their order, so that it begins from each image of a state. */
const teardown = kindIndex('vmm.teardown')

/**
 * The reference model as a system to explore. Up to symmetry, a visitor sees, of all states that differ only in which
 * vCPU, device or page is which, the same one: it stands for all of them, since each can do what the others can.
 */
export class ModelSystem implements System {
  readonly words: Int32Array
  readonly packing: Packing
  readonly properties: readonly string[]
  readonly witnessed: Int32Array
  readonly state: State
  private readonly monitor: Monitor
  private readonly a = new Int32Array(codeLength)
  private readonly codes: CandidateCodes
  private visitor!: SuccessorVisitor
  private readonly fairnessClassOf: (a: Int32Array) => number
  private readonly canonical: Canonical | undefined
  private readonly independent: IndependentSteps | undefined
  /** Whether states that an independent step leaves are not stored. */
  readonly reduces: boolean

  /**
   * @param symmetries what is interchangeable, where the search is to use it
   * @param allows which actions are taken; all, if left out
   * @param reduce whether independent steps are taken at once: a search then stores fewer states
   */
  constructor(
    readonly machine: Machine,
    asked: readonly Property[],
    readonly symmetries?: SymmetryChoice,
    private readonly allows?: (a: Int32Array) => boolean,
    reduce = false,
  ) {
    this.state = machine.blankState()
    this.codes = new CandidateCodes(machine)
    this.words = new Int32Array(this.state.bytes.buffer)
    this.packing = packingOf(this.state.limits())
    this.properties = asked.map(({ name }) => name)
    this.monitor = new Monitor(machine, asked)
    this.witnessed = this.monitor.seen
    this.fairnessClassOf = fairnessClassesOf(machine)
    this.canonical = symmetries && new Canonical(machine, this.state, symmetries)
    this.reduces = reduce && isReducible(asked)
    if (this.reduces) this.independent = new IndependentSteps(machine, this.state, this.monitor, asked)
  }

  writeInitialState(): number {
    const failed = this.writeConcreteInitialState()
    this.canonical?.apply()
    return failed
  }

  /** Writes the initial state itself, not its form up to symmetry: a path is followed from it. */
  writeConcreteInitialState(): number {
    const { machine: m, state: s } = this
    initialState(m, s)
    m.event.cause = m.bootCause
    m.touched.all()
    return this.monitor.failsAfter(m, s) | this.monitor.failsIn(m, s, m.touched.mask)
  }

  forEachSuccessor(visitor: SuccessorVisitor): void {
    this.visitor = visitor
    const { machine: m, state: s, a, codes, take, takeAllowed } = this
    forEachEnabled(m, s, a, this.allows === undefined ? take : takeAllowed, codes)
  }

  judge(touched: number): number {
    this.machine.event.clear()
    return this.monitor.failsIn(this.machine, this.state, touched)
  }

  private readonly take = (a: Int32Array): void => {
    const { canonical } = this
    if (a[0] === teardown && canonical?.movesPages) canonical.forEachImage(() => this.takeOne(a))
    else this.takeOne(a)
  }

  private takeOne(a: Int32Array): void {
    const { machine: m, state: s } = this
    const fairnessClass = this.fairnessClassOf(a)
    step(m, s, a)
    let failed = this.monitor.failsAfter(m, s)
    let { mask } = m.touched
    const { canonical, independent } = this
    if (independent !== undefined) {
      failed |= independent.take(mask)
      mask = independent.touched
    }
    if (canonical === undefined) this.visitor.successor(failed, fairnessClass, mask)
    else {
      const touched = this.canonicalise(canonical, a, mask)
      this.visitor.successor(failed, edgeLabel(fairnessClass, canonical.swapsVcpus), touched)
    }
  }

  private readonly takeAllowed = (a: Int32Array): void => {
    if (this.allows?.(a) === true) this.take(a)
  }

  /**
   * Brings the state after a step to its form.
   *
   * @returns the pages that the step touched: any, where they may be others in that form
   */
  private canonicalise(canonical: Canonical, a: Int32Array, mask: number): number {
    if (a[0] === teardown) canonical.checkTeardown()
    canonical.apply()
    return canonical.movesPages ? -1 : mask
  }

  /** A stored state; or, if so asked, the same with its first two vCPUs exchanged. */
  read(store: StateStore, id: number, swapped: boolean): Int32Array {
    store.read(id, this.words)
    if (swapped) this.canonical?.swapVcpus()
    return this.words.slice()
  }

  /** The present state after something is done to it, which is undone. */
  private after(change: (canonical: Canonical) => void): Int32Array {
    if (this.canonical === undefined) return this.words.slice()
    const concrete = this.words.slice()
    change(this.canonical)
    const changed = this.words.slice()
    this.words.set(concrete)
    return changed
  }

  /** Takes each step from a concrete state in turn. */
  *stepsFrom(words: Int32Array): Generator<Followed, void> {
    const { machine: m, state: s } = this
    this.words.set(words)
    for (const action of this.actions()) {
      this.words.set(words)
      step(m, s, action)
      const failed = this.monitor.failsAfter(m, s) | this.monitor.failsIn(m, s, m.touched.mask)
      const key = this.after((canonical) => canonical.apply())
      const kept = this.after((canonical) => canonical.forget())
      yield { action, words: this.words.slice(), key, kept, failed }
    }
  }

  /** Every action that is enabled now, in the order of the steps. */
  private actions(): Int32Array[] {
    const list: Int32Array[] = []
    forEachEnabled(this.machine, this.state, this.a, (a) => list.push(a.slice()))
    return list
  }
}
