import { Prng } from '../../base/prng.js'
import { finalise32 } from '../../checker/packing/hash.js'
import { Coverage } from '../../model/actions/relation.js'
import { step } from '../../model/actions/step.js'
import { codeLength } from '../../model/machine/action.js'
import { conversionEnds, Monitor, type Property } from '../../properties/index.js'
import { endFailure, type Run, type Simulator } from '../simulator.js'
import type { Census } from './census.js'
import { type Choice, RandomScheduler } from './scheduler.js'

/**
 * Bounds of a random search, and its seed.
 *
 * @example
 * const options: RandomOptions = { seed: 1, runs: 500, length: 80, choice: 'biased' }
 */
export interface RandomOptions {
  readonly seed: number
  /** Runs to make, at most. */
  readonly runs: number
  /** Actions of a run, at most. */
  readonly length: number
  /** Draws the bound of each run: this, or twice as much, and so on to `length`, each half as often. */
  readonly shortest?: number
  readonly choice: Choice
  /** Counts the states of the runs: searches of one machine may share it. */
  readonly census?: Census
  /** Called when the initial state has been judged and the first run begins. */
  readonly onFirstStep?: () => void
  /** Called between runs; the search stops when it returns true. */
  readonly stop?: (runs: number, steps: number) => boolean
}

/**
 * A run that violates a property.
 *
 * @example
 * violations.map(({ property, run }: Violation) => `${property.name} in ${run.length} actions`)
 */
export interface Violation {
  readonly property: Property
  readonly run: Run
  /** Which run of the search it was; its own seed is `seed + index`. */
  readonly index: number
}

/**
 * What a random search found.
 *
 * @example
 * const { violations, vacuous }: RandomResult = searchRandom(simulator, properties, options)
 */
export interface RandomResult {
  readonly violations: readonly Violation[]
  /** Names of properties that were neither violated nor had their witness seen. */
  readonly vacuous: readonly string[]
  readonly runs: number
  readonly steps: number
  readonly coverage: Coverage
}

/**
 * Runs from the initial state, each step drawn from what is enabled, all properties judged on every step.
 *
 * @example
 * searchRandom(simulator, properties, { seed: 1, runs: 500, length: 80, choice: 'biased' }).violations
 */
export function searchRandom(
  simulator: Simulator,
  properties: readonly Property[],
  options: RandomOptions,
): RandomResult {
  const walk = new Walk(simulator, properties, options)
  let runs = 0
  while (runs < options.runs && walk.monitor.busy && options.stop?.(runs, walk.steps) !== true) {
    walk.run(options.seed + runs, runs)
    runs += 1
  }
  const violated = new Set(walk.violations.map(({ property }) => property))
  return {
    violations: walk.violations,
    vacuous: properties.filter((p, index) => !violated.has(p) && !walk.monitor.isWitnessed(index)).map((p) => p.name),
    runs,
    steps: walk.steps,
    coverage: walk.coverage,
  }
}

class Walk {
  readonly monitor: Monitor
  readonly violations: Violation[] = []
  readonly coverage = new Coverage()
  steps = 0
  private readonly prng = new Prng(0)
  private readonly scheduler: RandomScheduler
  private readonly a = new Int32Array(codeLength)
  private readonly log: Int32Array
  private readonly ending: number

  constructor(
    private readonly simulator: Simulator,
    properties: readonly Property[],
    private readonly options: RandomOptions,
  ) {
    this.monitor = new Monitor(simulator.machine, properties)
    this.scheduler = new RandomScheduler(simulator.machine, this.prng, options.choice)
    this.log = new Int32Array(codeLength * options.length)
    this.ending = properties.indexOf(conversionEnds)
  }

  run(seed: number, index: number): void {
    const { simulator, a, log } = this
    const { machine: m, state: s } = simulator
    this.prng.reseed(seed)
    simulator.reset()
    if (index === 0) this.judgeInitial()
    const length = this.lengthFor(seed)
    const census = this.options.census?.begin(s) === true ? this.options.census : undefined
    census?.add()
    let taken = 0
    while (taken < length && this.scheduler.next(s, a)) {
      log.set(a, taken * codeLength)
      taken += 1
      step(m, s, a, this.coverage)
      census?.add()
      this.judgeStep(taken, index)
    }
    this.steps += taken
    this.judgeEnd(taken, index)
  }

  /** By the seed itself: the first numbers that a generator draws are alike for seeds that follow each other. */
  private lengthFor(seed: number): number {
    const { length: maxLength, shortest = maxLength } = this.options
    let length = shortest
    for (let bits = finalise32(seed); length < maxLength && (bits & 1) === 0; bits >>>= 1)
      length = Math.min(maxLength, 2 * length)
    return length
  }

  private judgeInitial(): void {
    this.judgeStep(0, 0)
    this.options.onFirstStep?.()
  }

  private judgeStep(taken: number, index: number): void {
    const { machine: m, state: s } = this.simulator
    for (let failed = this.monitor.fails(m, s); failed !== 0; failed &= failed - 1) {
      this.report(31 - Math.clz32(failed & -failed), taken, index)
    }
  }

  private judgeEnd(taken: number, index: number): void {
    if (this.ending < 0 || this.violations.some(({ property }) => property === conversionEnds)) return
    if (endFailure(this.simulator, conversionEnds) !== undefined) this.report(this.ending, taken, index)
  }

  private report(failed: number, taken: number, index: number): void {
    const run = Array.from({ length: taken }, (_, at) => this.log.slice(at * codeLength, (at + 1) * codeLength))
    this.violations.push({ property: this.monitor.properties[failed], run, index })
    this.monitor.drop(failed)
  }
}
