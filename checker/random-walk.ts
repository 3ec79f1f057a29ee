import { Prng } from '../base/prng.js'
import type { SuccessorVisitor, System } from './system.js'

export interface RandomWalkOptions {
  readonly seed: number
  /** Steps of a run, after which the next begins at the initial state. */
  readonly length: number
  /** Seconds after which no new run begins; no bound if left out. */
  readonly seconds?: number
  /** Runs, at most; no bound if left out. */
  readonly runs?: number
}

export interface RandomWalk {
  readonly steps: number
  readonly runs: number
  readonly seconds: number
  /** Properties that failed, as bits. */
  readonly failed: number
}

/** Runs from the initial state until the time is over; each step is drawn uniformly from those that are enabled. */
export function randomWalk(system: System, options: RandomWalkOptions): RandomWalk {
  const walker = new Walker(system, options.seed)
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1000
  let runs = 0
  const { seconds: time = Number.POSITIVE_INFINITY, runs: most = Number.POSITIVE_INFINITY } = options
  while (runs < most && seconds() < time) {
    walker.run(options.length)
    runs += 1
  }
  return { steps: walker.steps, runs, seconds: seconds(), failed: walker.failed }
}

/** Of several walks, the steps and the time together. */
export const walkedTotal = (walks: readonly RandomWalk[]): Pick<RandomWalk, 'steps' | 'seconds'> => ({
  steps: walks.reduce((sum, { steps }) => sum + steps, 0),
  seconds: walks.reduce((sum, { seconds }) => sum + seconds, 0),
})

class Walker implements SuccessorVisitor {
  steps = 0
  failed = 0
  private readonly prng: Prng
  private readonly base: Int32Array
  private readonly chosen: Int32Array
  private successors = 0
  private touched = 0

  constructor(
    private readonly system: System,
    seed: number,
  ) {
    this.prng = new Prng(seed)
    this.base = new Int32Array(system.words.length)
    this.chosen = new Int32Array(system.words.length)
  }

  run(length: number): void {
    const { words } = this.system
    this.failed |= this.system.writeInitialState()
    for (let taken = 0; taken < length; taken += 1) {
      this.base.set(words)
      this.successors = 0
      this.system.forEachSuccessor(this)
      if (this.successors === 0) return
      words.set(this.chosen)
      this.failed |= this.system.judge(this.touched)
      this.steps += 1
    }
  }

  /** Keeps the n-th successor with probability 1/n, so that all are equally likely (reservoir sampling). */
  successor(failed: number, _fairnessClass: number, touched: number): void {
    const { words } = this.system
    this.successors += 1
    this.failed |= failed
    if (this.prng.nextBelow(this.successors) === 0) {
      this.touched = touched
      for (let at = 0; at < words.length; at += 1) this.chosen[at] = words[at]
    }
    for (let at = 0; at < words.length; at += 1) words[at] = this.base[at]
  }
}
