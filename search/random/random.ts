import { Prng } from '../../base/prng.js'
import { Coverage } from '../../model/actions/relation.js'
import { step } from '../../model/actions/step.js'
import { codeLength } from '../../model/machine/action.js'
import { conversionEnds, Monitor, type Property } from '../../properties/index.js'
import { endFailure, type Run, type Simulator } from '../simulator.js'
import { type Choice, RandomScheduler } from './scheduler.js'

export interface RandomOptions {
  readonly seed: number
  /** Runs to make at the most. */
  readonly runs: number
  /** Actions of a run at the most. */
  readonly length: number
  readonly choice: Choice
  /** Called when the initial state has been judged and the first run begins. */
  readonly onFirstStep?: () => void
  /** Stops when this says so; asked between runs. */
  readonly stop?: (runs: number, steps: number) => boolean
}

/** A run that violates a property. */
export interface Violation {
  readonly property: Property
  readonly run: Run
  /** Which run of the search it was; its own seed is `seed + index`. */
  readonly index: number
}

export interface RandomResult {
  readonly violations: readonly Violation[]
  /** Names of properties that were neither violated nor put to the test. */
  readonly vacuous: readonly string[]
  readonly runs: number
  readonly steps: number
  readonly coverage: Coverage
}

/** Runs from the initial state, each step drawn from what is enabled, all properties judged on every step. */
export function searchRandom(bench: Simulator, properties: readonly Property[], options: RandomOptions): RandomResult {
  const walk = new Walk(bench, properties, options)
  let runs = 0
  while (runs < options.runs && walk.judge.busy && options.stop?.(runs, walk.steps) !== true) {
    walk.run(options.seed + runs, runs)
    runs += 1
  }
  const violated = new Set(walk.violations.map(({ property }) => property))
  return {
    violations: walk.violations,
    vacuous: properties.filter((p, index) => !violated.has(p) && !walk.judge.isWitnessed(index)).map((p) => p.name),
    runs,
    steps: walk.steps,
    coverage: walk.coverage,
  }
}

class Walk {
  readonly judge: Monitor
  readonly violations: Violation[] = []
  readonly coverage = new Coverage()
  steps = 0
  private readonly dice = new Prng(0)
  private readonly draw: RandomScheduler
  private readonly a = new Int32Array(codeLength)
  private readonly log: Int32Array
  private readonly ending: number

  constructor(
    private readonly bench: Simulator,
    properties: readonly Property[],
    private readonly options: RandomOptions,
  ) {
    this.judge = new Monitor(properties)
    this.draw = new RandomScheduler(bench.machine, this.dice, options.choice)
    this.log = new Int32Array(codeLength * options.length)
    this.ending = properties.indexOf(conversionEnds)
  }

  run(seed: number, index: number): void {
    const { bench, a, log, options } = this
    const { machine: m, state: s } = bench
    this.dice.reseed(seed)
    bench.reset()
    if (index === 0) this.judgeInitial()
    let taken = 0
    while (taken < options.length && this.draw.next(s, a)) {
      log.set(a, taken * codeLength)
      taken += 1
      step(m, s, a, this.coverage)
      this.judgeStep(taken, index)
    }
    this.steps += taken
    this.judgeEnd(taken, index)
  }

  private judgeInitial(): void {
    this.judgeStep(0, 0)
    this.options.onFirstStep?.()
  }

  private judgeStep(taken: number, index: number): void {
    const { machine: m, state: s } = this.bench
    for (let failed = this.judge.firstFailing(m, s); failed >= 0; failed = this.judge.firstFailing(m, s)) {
      this.report(failed, taken, index)
    }
  }

  private judgeEnd(taken: number, index: number): void {
    if (this.ending < 0 || this.violations.some(({ property }) => property === conversionEnds)) return
    if (endFailure(this.bench, conversionEnds) !== undefined) this.report(this.ending, taken, index)
  }

  private report(failed: number, taken: number, index: number): void {
    const run = Array.from({ length: taken }, (_, at) => this.log.slice(at * codeLength, (at + 1) * codeLength))
    this.violations.push({ property: this.judge.properties[failed], run, index })
    this.judge.drop(failed)
  }
}
