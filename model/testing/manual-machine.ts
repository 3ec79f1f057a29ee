import { must } from '../../base/result.js'
import { kinds } from '../actions/relation.js'
import { enabled, force, isEnabled, nextStep, step } from '../actions/step.js'
import { initialState, serveQueue } from '../initial-state.js'
import { codeLength, decode, encode, parse, print } from '../machine/action.js'
import { type ErrnoName, errnoNames } from '../machine/errno.js'
import type { Machine } from '../machine/machine.js'
import { Phase, type State } from '../machine/state.js'
import type { ErrnoCode } from '../machine/units.js'

/** A machine led by hand, by actions as they are printed: for tests, and to try something out. */
export class ManualMachine {
  readonly state: State
  private readonly code = new Int32Array(codeLength)

  constructor(readonly machine: Machine) {
    this.state = initialState(machine)
  }

  can(text: string): boolean {
    return isEnabled(this.machine, this.state, codeOf(text), this.code)
  }

  /** @throws Error if the action is not enabled, with what is */
  take(text: string): ErrnoName {
    const { machine: m, state: s } = this
    if (!this.can(text)) throw new Error(`not enabled: ${text}\nenabled: ${enabled(m, s).map(print).join(' · ')}`)
    return name(step(m, s, codeOf(text)))
  }

  /** Takes a step that no plan is about to take: what its row alone does now. */
  force(text: string): ErrnoName {
    return name(force(this.machine, this.state, codeOf(text)))
  }

  /** Takes the next step of a vCPU's plan. @returns the step as printed, or undefined if it has none or must wait */
  next(vcpu = 0): string | undefined {
    const { machine: m, state: s, code } = this
    if (!nextStep(m, s, vcpu, code)) return undefined
    const text = print(decode(kinds, code))
    step(m, s, code)
    return text
  }

  /**
   * Takes an action and all that follows from it on a vCPU, the invalidation queue included.
   *
   * @returns the errno that the last failing call ended with, or ok
   * @throws Error if the plan waits for something else
   */
  call(text: string, vcpu = 0): ErrnoName {
    const { event } = this.machine
    this.take(text)
    let errno = event.callFailed
    for (const _ of this.planSteps(vcpu, text)) if (event.callFailed !== 0) errno = event.callFailed
    return name(errno)
  }

  /** As `call`, of an action that need not be enabled. @returns the steps of the plan, as printed */
  steps(text: string, vcpu = 0): string[] {
    this.force(text)
    return [...this.planSteps(vcpu, text)]
  }

  /** Takes what is left of a vCPU's plan, as `call` does. @returns its steps, as printed */
  finish(vcpu = 0): string[] {
    return [...this.planSteps(vcpu, 'the plan')]
  }

  private *planSteps(vcpu: number, what: string): Generator<string> {
    while (this.state.phase[vcpu] === Phase.Running) {
      const taken = this.next(vcpu)
      if (taken !== undefined) yield taken
      else if (!this.serveQueue()) throw new Error(`${what} never ends`)
    }
  }

  /** Lets every invalidation queue do one thing. @returns whether one could */
  serveQueue(): boolean {
    return serveQueue(this.machine, this.state, this.code)
  }
}

const name = (errno: ErrnoCode): ErrnoName => errnoNames[errno] ?? 'ok'

const codeOf = (text: string): Int32Array => must(encode(kinds, parse(text)))
