import { classSize } from '../model/actions/fairness.js'
import { places } from '../model/actions/places.js'
import { placesOf, rows } from '../model/actions/relation.js'
import { candidate, isEnabled, nextStep, step } from '../model/actions/step.js'
import { codeLength } from '../model/machine/action.js'
import type { Machine } from '../model/machine/machine.js'
import { Phase, type State } from '../model/machine/state.js'
import { roundAmong } from '../properties/fair-continuation.js'
import type { Run, Simulator } from './simulator.js'

const arg = places('vcpu')

/** How a run is completed. */
export interface Manner {
  /** Who continues first where several owe a step: the plans of vCPUs, or the hardware. */
  readonly first: 'plans' | 'hardware'
  /** What becomes of a plan's step that is not the next of its plan: it is left out, or the plan continues up to it. */
  readonly otherStep: 'leave out' | 'continue'
}

const manners: readonly Manner[] = [
  { first: 'plans', otherStep: 'leave out' },
  { first: 'plans', otherStep: 'continue' },
  { first: 'hardware', otherStep: 'leave out' },
  { first: 'hardware', otherStep: 'continue' },
]

/** Whether an action is begun by an actor who might do otherwise. All other actions follow from those. */
export const isBegun = (code: Int32Array): boolean => typeof rows[code[0]].fairness === 'string'

const [vcpuAt, countAt, gfnAt, iovfnAt] = (['vcpu', 'count', 'gfn', 'iovfn'] as const).map(placesOf)
const round = roundAmong(rows)

/**
 * The run without one of the actions that are begun, completed in every manner: each of them, one at a time. Another
 * request of the kind may take on its pages, in front or behind.
 */
export function* withoutBegun(simulator: Simulator, run: Run): Generator<Run> {
  for (const [index, code] of run.entries()) {
    if (!isBegun(code)) continue
    const others = run.toSpliced(index, 1)
    for (const list of [others, ...takenOn(others, code)])
      for (const manner of manners) yield completed(simulator, list, manner, 2 * run.length)
  }
}

function* takenOn(run: Run, left: Int32Array): Generator<Run> {
  const [kind] = left
  const [count, page] = [countAt[kind], gfnAt[kind] || iovfnAt[kind]]
  const pages = left[count]
  if (count === 0 || page === 0) return
  for (const [index, code] of run.entries()) {
    if (code[0] !== kind) continue
    const longer = code.with(count, code[count] + pages)
    yield run.with(index, longer)
    if (code[page] >= pages) yield run.with(index, longer.with(page, code[page] - pages))
  }
}

/**
 * A run whose actions may not all be possible, completed: before an action that is begun, what is owed is done until
 * the action is possible, whether the run says so or not; and so at the end. Without one request the plans of the
 * others have other steps, so that leaving out its actions alone does not lead to the same violation.
 *
 * @param most actions, at most
 */
export function completed(simulator: Simulator, run: Run, manner: Manner, most: number): Run {
  const completion = new Completion(simulator, manner, most)
  for (const code of run) completion.follow(code)
  completion.finish()
  return completion.taken
}

class Completion {
  readonly taken: Int32Array[] = []
  private readonly m: Machine
  private readonly s: State
  private readonly scratch = new Int32Array(codeLength)

  constructor(
    simulator: Simulator,
    private readonly manner: Manner,
    private readonly most: number,
  ) {
    this.m = simulator.machine
    this.s = simulator.state
    simulator.reset()
  }

  follow(code: Int32Array): void {
    if (rows[code[0]].by === 'plan') this.followPlan(code)
    else this.followEnvironment(code)
  }

  finish(): void {
    while (this.hasRoom() && this.serve(-1));
  }

  private hasRoom = (): boolean => this.taken.length < this.most

  private followEnvironment(code: Int32Array): void {
    const isPossible = () => isEnabled(this.m, this.s, code, this.scratch)
    const vcpu = vcpuAt[code[0]] > 0 ? code[vcpuAt[code[0]]] : -1
    while (isBegun(code) && !isPossible() && this.hasRoom() && this.serve(vcpu));
    if (isPossible()) this.take(code)
  }

  private followPlan(code: Int32Array): void {
    const { s, scratch, taken } = this
    const vcpu = code[arg.vcpu]
    if (s.phase[vcpu] !== Phase.Running) return
    const isNext = () => nextStep(this.m, s, vcpu, scratch) && scratch[0] === code[0]
    if (!isNext() && this.manner.otherStep === 'continue') {
      const [before, length] = [s.bytes.slice(), taken.length]
      while (!isNext() && this.hasRoom() && s.phase[vcpu] === Phase.Running && this.serve(vcpu));
      if (!isNext()) {
        s.bytes.set(before)
        taken.length = length
      }
    }
    if (isNext()) this.take(scratch)
  }

  private take(code: Int32Array): void {
    this.taken.push(code.slice())
    step(this.m, this.s, code)
  }

  /** Takes one step that is owed, of this vCPU's plan rather than of another's. @returns false if none is owed */
  private serve(vcpu: number): boolean {
    return this.manner.first === 'plans'
      ? this.servePlans(vcpu) || this.serveHardware()
      : this.serveHardware() || this.servePlans(vcpu)
  }

  private servePlans(wanted: number): boolean {
    const { m, s, scratch } = this
    const others = Array.from({ length: m.scope.vcpus }, (_, vcpu) => vcpu)
    const vcpu = [wanted, ...others].find((one) => one >= 0 && nextStep(m, s, one, scratch))
    if (vcpu !== undefined) this.take(scratch)
    return vcpu !== undefined
  }

  private serveHardware(): boolean {
    const { m, s, scratch } = this
    for (const { kind, owedBy } of round) {
      for (let index = 0; index < classSize(m, owedBy); index += 1) {
        if (!candidate(m, s, kind, index, scratch)) continue
        this.take(scratch)
        return true
      }
    }
    return false
  }
}
