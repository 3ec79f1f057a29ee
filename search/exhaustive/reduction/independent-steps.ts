import { rows } from '../../../model/actions/relation.js'
import { nextStep, step } from '../../../model/actions/step.js'
import { codeLength } from '../../../model/machine/action.js'
import { hostIsAlive } from '../../../model/machine/any-active.js'
import type { Machine } from '../../../model/machine/machine.js'
import { lockNames, Phase, type State } from '../../../model/machine/state.js'
import type { VcpuId } from '../../../model/machine/units.js'
import type { Property } from '../../../properties/index.js'
import type { Monitor } from '../../../properties/monitor.js'
import { guarded, isTrap } from './guarded.js'
import { add, blank, bytesOf, type Mask, meets, touchedByOthers } from './others.js'
import { WaitingVcpus } from './waiting-vcpus.js'

/** At most so many steps are taken at once. No plan of the catalogue comes near: the bound is for one that loops. */
const maxSteps = 64

/** Whether a search can have independent steps: of what a property of the user's reads nothing is known. */
export const isReducible = (asked: readonly Property[]): boolean => asked.every(({ judges }) => judges !== undefined)

/** What a step of a vCPU must not do while it holds some locks. */
interface Guard {
  /** The present state, of which what others may write cannot be touched. */
  readonly state: State
  /** Bits that the step must leave as they are, by word: others read or write them, or properties do. */
  readonly fixed: Int32Array
  /** 1 for each kind of step that is not tried: its row declares that it reads what others write. */
  readonly dependent: Uint8Array
}

/**
 * Takes steps of a plan that are independent of whatever else can happen, so that a search need not store the state
 * before them (a reduction in the sense of Lipton, 1975; confluent steps, Groote and van de Pol, 2000).
 *
 * In the state before such a step others may act in any order. The step can be taken before all of that too, for it
 * reads nothing that they write, and they neither read nor write what it does. That it reads nothing of theirs is seen
 * while it is taken, since a step is determined by what it reads; what others do is what the rows of the machine
 * declare. No property may tell the difference. A step leaves as it is what later steps are judged by, and what states
 * are judged by that others can change. The rest is judged in the states that are not stored: it is the same in all
 * that others can reach from there before the step is taken.
 */
export class IndependentSteps {
  /** Pages that the steps have touched, as bits. */
  touched = 0
  /** The properties that the last step itself fails, as bits. */
  private failed = 0
  private readonly guards = new Map<number, Guard>()
  private readonly waiting: WaitingVcpus
  private readonly a = new Int32Array(codeLength)
  private readonly words: Int32Array
  private readonly prior: State
  private readonly priorWords: Int32Array

  constructor(
    private readonly m: Machine,
    private readonly s: State,
    private readonly monitor: Monitor,
    private readonly asked: readonly Property[],
  ) {
    this.words = new Int32Array(s.bytes.buffer)
    this.prior = m.blankState()
    this.priorWords = new Int32Array(this.prior.bytes.buffer)
    this.waiting = new WaitingVcpus(m, s)
  }

  /**
   * Takes independent steps from the present state while there are any.
   *
   * @param touched pages that the step before has touched
   * @returns the properties that fail at these steps, or in the states before them, as bits
   */
  take(touched: number): number {
    this.touched = touched
    let failed = 0
    for (let steps = 0; steps < maxSteps && this.takeOne() !== undefined; steps += 1) {
      const { mask } = this.m.touched
      this.m.event.clear()
      failed |= this.failed | this.monitor.failsIn(this.m, this.prior, this.touched)
      this.touched |= mask
    }
    return failed
  }

  /**
   * Takes the next step of some plan if it is independent; else the state stays as it is.
   *
   * @returns the vCPU of that plan; undefined if there is none
   */
  takeOne(): VcpuId | undefined {
    for (let vcpu = 0; vcpu < this.m.scope.vcpus; vcpu += 1) if (this.takesStepOf(vcpu)) return vcpu
    return undefined
  }

  private takesStepOf(vcpu: VcpuId): boolean {
    const { s, words, priorWords } = this
    if (s.phase[vcpu] !== Phase.Running || !hostIsAlive(s)) return false
    const held = heldBy(s, vcpu)
    if (!this.waiting.allButOne(s, vcpu, held)) return false
    const { state, fixed, dependent } = this.guardFor(vcpu, held)
    if (dependent[this.m.program.code[s.pc[vcpu]].kind] === 1) return false
    priorWords.set(words)
    if (this.stepsIn(state, vcpu) && this.leaves(fixed)) return true
    words.set(priorWords)
    return false
  }

  /** Whether the step is enabled, and touches nothing that others write; nor does what judges it. */
  private stepsIn(guard: State, vcpu: VcpuId): boolean {
    const { m, a } = this
    try {
      if (!nextStep(m, guard, vcpu, a)) return false
      step(m, guard, a)
      this.failed = this.monitor.failsAfter(m, guard)
      return true
    } catch (error) {
      if (isTrap(error)) return false
      throw error
    }
  }

  private leaves(fixed: Int32Array): boolean {
    const { words, priorWords } = this
    for (let at = 0; at < fixed.length; at += 1) if (((words[at] ^ priorWords[at]) & fixed[at]) !== 0) return false
    return true
  }

  private guardFor(vcpu: VcpuId, held: number): Guard {
    const key = (vcpu << lockNames.length) | held
    const known = this.guards.get(key)
    if (known !== undefined) return known
    const { m, s, asked } = this
    const { reads, writes } = touchedByOthers(m, s, vcpu, held)
    add(reads, writes)
    for (const property of asked.filter((one) => isOn(m, one))) add(reads, visible(s, property, writes))
    const dependent = Uint8Array.from(rows, (row) => Number(meets(bytesOf(s, row.reads, vcpu), writes)))
    const guard = { state: guarded(m, s, writes), fixed: new Int32Array(reads.buffer), dependent }
    this.guards.set(key, guard)
    return guard
  }
}

const isOn = ({ parts }: Machine, { judges }: Property): boolean => judges?.part === undefined || parts[judges.part]

/** What a step must leave as it is for the sake of a property, where others may write so much meanwhile. */
function visible(s: State, { judges }: Property, writes: Mask): Mask {
  if (judges === undefined) return blank(s).fill(255)
  const seen = bytesOf(s, judges.steps)
  for (const one of judges.states) {
    const mask = bytesOf(s, one)
    if (meets(mask, writes)) add(seen, mask)
  }
  return seen
}

/** The locks that a vCPU holds, as bits. */
function heldBy({ lock }: State, vcpu: VcpuId): number {
  let held = 0
  for (let at = 0; at < lock.length; at += 1) if (lock[at] === vcpu + 1) held |= 1 << at
  return held
}
