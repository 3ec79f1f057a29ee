import fc from 'fast-check'
import type { DdminPosition } from '../../base/ddmin.js'
import { Prng } from '../../base/prng.js'
import { kinds } from '../../model/actions/relation.js'
import { step } from '../../model/actions/step.js'
import { type Action, codeLength, decode, print } from '../../model/machine/action.js'
import { Monitor, type Property } from '../../properties/index.js'
import { simpler } from '../minimise.js'
import { type Run, replay, type Simulator } from '../simulator.js'
import type { Census } from './census.js'
import { RandomScheduler } from './scheduler.js'

/**
 * A run as fast-check hands it to a predicate: actions that are enabled one after the other, on one machine.
 *
 * @example
 * fc.property(runs(simulator, properties), (run: RunValue) => run.actions.length < 80)
 */
export class RunValue {
  constructor(
    readonly simulator: Simulator,
    /** The actions as numbers, for `replay`. */
    readonly run: Run,
  ) {}

  /** The actions as plain data, as in a trace. */
  get actions(): readonly Action[] {
    return this.run.map((code) => decode(kinds, code))
  }

  /** One action a line. */
  toString(): string {
    return this.actions.map(print).join('\n')
  }

  [fc.toStringMethod](): string {
    return `\n${this.toString()}\n`
  }
}

/**
 * Options of `runs`.
 *
 * @example
 * runs(simulator, properties, { length: 40 } satisfies RunsOptions)
 */
export interface RunsOptions {
  /** Actions of a run, at most; 80 by default. */
  readonly length?: number
  /** Counts the states of the runs that are drawn. */
  readonly census?: Census
}

/**
 * Runs of a machine, each step drawn from what is enabled. A run ends where the first of the properties fails. Runs are
 * shrunk as actions, and one that was given as an example is shrunk as well.
 *
 * With `unbiased` in fast-check's parameters all enabled actions are equally likely; otherwise those that may violate a
 * property are more likely.
 *
 * @example
 * const holds = ({ run }: RunValue) => replay(simulator, run, property).failure === undefined
 * fc.assert(fc.property(runs(simulator, [property]), holds))
 */
export function runs(
  simulator: Simulator,
  properties: readonly Property[],
  options: RunsOptions = {},
): fc.Arbitrary<RunValue> {
  return new Runs(simulator, properties, options)
}

class Runs extends fc.Arbitrary<RunValue> {
  private readonly prng = new Prng(0)
  private readonly monitor: Monitor
  private readonly biased: RandomScheduler
  private readonly uniform: RandomScheduler

  constructor(
    private readonly simulator: Simulator,
    private readonly properties: readonly Property[],
    private readonly options: RunsOptions,
  ) {
    super()
    this.monitor = new Monitor(simulator.machine, properties)
    this.biased = new RandomScheduler(simulator.machine, this.prng, 'biased')
    this.uniform = new RandomScheduler(simulator.machine, this.prng, 'uniform')
  }

  override generate(mrng: fc.Random, biasFactor: number | undefined): fc.Value<RunValue> {
    this.prng.reseed(mrng.nextInt(-0x8000_0000, 0x7fff_ffff))
    const { machine: m, state: s } = this.simulator
    const scheduler = biasFactor === undefined ? this.uniform : this.biased
    const run: Int32Array[] = []
    const a = new Int32Array(codeLength)
    const { length = 80 } = this.options
    this.simulator.reset()
    const census = this.options.census?.begin(s) === true ? this.options.census : undefined
    census?.add()
    while (this.monitor.fails(m, s) === 0 && run.length < length && scheduler.next(s, a)) {
      run.push(a.slice())
      step(m, s, a)
      census?.add()
    }
    return new fc.Value(new RunValue(this.simulator, run), undefined)
  }

  override canShrinkWithoutContext(value: unknown): value is RunValue {
    return value instanceof RunValue
  }

  /** @param context the `DdminPosition` where shrinking stands; undefined for a run that was just drawn, or given */
  override shrink(value: RunValue, context: unknown): fc.Stream<fc.Value<RunValue>> {
    return fc.stream(this.candidates(value, context as DdminPosition | undefined))
  }

  private *candidates({ simulator, run }: RunValue, from: DdminPosition | undefined): Generator<fc.Value<RunValue>> {
    for (const candidate of simpler(simulator, run, from)) {
      const { taken } = replay(simulator, candidate.list, this.properties)
      yield new fc.Value(new RunValue(simulator, taken), candidate.next)
    }
  }
}
