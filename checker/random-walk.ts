import { Prng } from '../base/prng.js'
import type { System, Visitor } from './system.js'

export interface RandomWalkOptions {
  readonly seed: number
  /** Steps of a run, after which the next begins at the initial state. */
  readonly length: number
  /** Seconds after which no new run begins. */
  readonly time: number
}

export interface RandomWalk {
  readonly steps: number
  readonly runs: number
  readonly seconds: number
  /** Properties that failed, as bits. */
  readonly failed: number
}

/** Walks from the initial state again and again, each step drawn from all that are enabled, each alike. */
export function randomWalk(system: System, options: RandomWalkOptions): RandomWalk {
  const walker = new Walker(system, options.seed)
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1000
  let runs = 0
  while (seconds() < options.time) {
    walker.run(options.length)
    runs += 1
  }
  return { steps: walker.steps, runs, seconds: seconds(), failed: walker.failed }
}

class Walker implements Visitor {
  steps = 0
  failed = 0
  private readonly dice: Prng
  private readonly base: Int32Array
  private readonly chosen: Int32Array
  private seenSteps = 0
  private touched = 0

  constructor(
    private readonly system: System,
    seed: number,
  ) {
    this.dice = new Prng(seed)
    this.base = new Int32Array(system.words.length)
    this.chosen = new Int32Array(system.words.length)
  }

  run(length: number): void {
    const { words } = this.system
    this.failed |= this.system.start()
    for (let taken = 0; taken < length; taken += 1) {
      this.base.set(words)
      this.seenSteps = 0
      this.system.expand(this)
      if (this.seenSteps === 0) return
      words.set(this.chosen)
      this.failed |= this.system.judge(this.touched)
      this.steps += 1
    }
  }

  /** Keeps the n-th step with one chance in n: every step is then as likely as any other. */
  step(failed: number, _duty: number, touched: number): void {
    const { words } = this.system
    this.seenSteps += 1
    this.failed |= failed
    if (this.dice.nextBelow(this.seenSteps) === 0) {
      this.touched = touched
      for (let at = 0; at < words.length; at += 1) this.chosen[at] = words[at]
    }
    for (let at = 0; at < words.length; at += 1) words[at] = this.base[at]
  }
}
