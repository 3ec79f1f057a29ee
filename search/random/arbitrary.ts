import fc from 'fast-check'
import type { Place } from '../../base/ddmin.js'
import { Prng } from '../../base/prng.js'
import { kinds } from '../../model/actions/relation.js'
import { step } from '../../model/actions/step.js'
import { type Action, codeLength, decode, print } from '../../model/machine/action.js'
import { Monitor, type Property } from '../../properties/index.js'
import { simpler } from '../minimise.js'
import { type Run, replay, type Simulator } from '../simulator.js'
import { RandomScheduler } from './scheduler.js'

/** A run as fast-check hands it to a predicate: actions that are enabled one after the other, on one machine. */
export class RunValue {
  constructor(
    readonly bench: Simulator,
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

export interface RunsOptions {
  /** Actions of a run at the most; 80 unless told. */
  readonly length?: number
}

/**
 * Runs of a machine, each step drawn from what is enabled. A run ends where the first of the properties fails. Runs are
 * shrunk as actions, and one that was given as an example is shrunk as well.
 *
 * With `unbiased` in fast-check's parameters all enabled actions are alike; otherwise more of what may go wrong.
 */
export function runs(
  bench: Simulator,
  properties: readonly Property[],
  options: RunsOptions = {},
): fc.Arbitrary<RunValue> {
  return new Runs(bench, properties, options.length ?? 80)
}

class Runs extends fc.Arbitrary<RunValue> {
  private readonly dice = new Prng(0)
  private readonly biased: RandomScheduler
  private readonly uniform: RandomScheduler

  constructor(
    private readonly bench: Simulator,
    private readonly properties: readonly Property[],
    private readonly length: number,
  ) {
    super()
    this.biased = new RandomScheduler(bench.machine, this.dice, 'biased')
    this.uniform = new RandomScheduler(bench.machine, this.dice, 'uniform')
  }

  override generate(mrng: fc.Random, biasFactor: number | undefined): fc.Value<RunValue> {
    this.dice.reseed(mrng.nextInt(-0x8000_0000, 0x7fff_ffff))
    const { machine: m, state: s } = this.bench
    const draw = biasFactor === undefined ? this.uniform : this.biased
    const judge = new Monitor(this.properties)
    const run: Int32Array[] = []
    const a = new Int32Array(codeLength)
    this.bench.reset()
    while (judge.firstFailing(m, s) < 0 && run.length < this.length && draw.next(s, a)) {
      run.push(a.slice())
      step(m, s, a)
    }
    return new fc.Value(new RunValue(this.bench, run), undefined)
  }

  override canShrinkWithoutContext(value: unknown): value is RunValue {
    return value instanceof RunValue
  }

  /** @param context the `Place` where shrinking stands; undefined for a run that was just drawn, or given */
  override shrink(value: RunValue, context: unknown): fc.Stream<fc.Value<RunValue>> {
    return fc.stream(this.candidates(value, context as Place | undefined))
  }

  private *candidates({ bench, run }: RunValue, from: Place | undefined): Generator<fc.Value<RunValue>> {
    for (const candidate of simpler(bench, run, from)) {
      const { taken } = replay(bench, candidate.list, this.properties)
      yield new fc.Value(new RunValue(bench, taken), candidate.next)
    }
  }
}
