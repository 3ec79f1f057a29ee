import { createHash } from 'node:crypto'
import { Prng } from '../../base/prng.js'
import { must } from '../../base/result.js'
import { Coverage } from '../../model/actions/relation.js'
import { forEachEnabled, step } from '../../model/actions/step.js'
import { codeLength } from '../../model/machine/action.js'
import { failureOf } from '../../properties/failure.js'
import { type Property, properties } from '../../properties/index.js'
import { builtIn, type Catalogue } from '../catalogue/catalogue.js'
import { buildMachine, type MachineConfigInput } from '../machine-config.js'
import { RandomScheduler } from '../random/scheduler.js'
import { endFailure, Simulator } from '../simulator.js'
import { StepRecorder } from '../step-effects.js'

export interface DigestOptions {
  /** Of the first run; each next one has the next seed. */
  readonly seed: number
  readonly runs: number
  /** Actions of a run, at most. */
  readonly length: number
}

/** What random runs of a machine did. */
export interface RunDigest {
  readonly steps: number
  /** Over the number of enabled actions, each step's outcome, rule and effects, witnesses and failures: in hex. */
  readonly digest: string
  /** `PROPERTY [RULE]` of each clause that failed, in the order in which they did. */
  readonly broken: readonly string[]
}

/** For tests: what each random run of a machine takes and meets, by its seed. Actions are drawn as for a digest. */
export function coverageOf(setup: MachineConfigInput, { seed, runs, length }: DigestOptions): Map<number, Coverage> {
  const simulator = new Simulator(must(buildMachine(setup)).machine)
  const { machine: m, state: s } = simulator
  const prng = new Prng(seed)
  const draw = new RandomScheduler(m, prng, 'biased')
  const a = new Int32Array(codeLength)
  const found = new Map<number, Coverage>()
  for (let run = 0; run < runs; run += 1) {
    const coverage = new Coverage()
    prng.reseed(seed + run)
    simulator.reset()
    for (let taken = 0; taken < length && draw.next(s, a); taken += 1) step(m, s, a, coverage)
    found.set(seed + run, coverage)
  }
  return found
}

/** For tests: the seed of the first run that breaks a property, among those that `digestOf` takes; -1 if none does. */
export function firstBroken(property: Property, setup: MachineConfigInput, catalogue: Catalogue, all: DigestOptions) {
  const simulator = new Simulator(must(buildMachine(setup, catalogue)).machine)
  const { machine: m, state: s } = simulator
  const prng = new Prng(all.seed)
  const draw = new RandomScheduler(m, prng, 'biased')
  const a = new Int32Array(codeLength)
  for (let run = 0; run < all.runs; run += 1) {
    prng.reseed(all.seed + run)
    simulator.reset()
    let fails = failureOf(m, s, property) !== undefined
    for (let taken = 0; taken < all.length && !fails && draw.next(s, a); taken += 1) {
      step(m, s, a)
      fails = failureOf(m, s, property) !== undefined
    }
    if (fails || endFailure(simulator, property) !== undefined) return all.seed + run
  }
  return -1
}

/**
 * For tests: random runs of a machine in a digest, so that a change of any row, refusal or property that they meet
 * shows. All properties are judged to the end of each run.
 */
export function digestOf(
  setup: MachineConfigInput,
  { seed, runs, length }: DigestOptions,
  catalogue: Catalogue = builtIn,
): RunDigest {
  const simulator = new Simulator(must(buildMachine(setup, catalogue)).machine)
  const { machine: m, state: s } = simulator
  const prng = new Prng(seed)
  const draw = new RandomScheduler(m, prng, 'biased')
  const hash = createHash('sha256')
  const note = (text: string) => hash.update(text)
  const broken = new Set<string>()
  const [a, scratch] = [new Int32Array(codeLength), new Int32Array(codeLength)]
  let steps = 0
  for (let run = 0; run < runs; run += 1) {
    prng.reseed(seed + run)
    simulator.reset()
    const recorder = new StepRecorder(m, s)
    judge(simulator, note, broken)
    for (let taken = 0; taken < length && draw.next(s, a); taken += 1) {
      hash.update(`${countEnabled(simulator, scratch)} ${JSON.stringify(recorder.record(a))}`)
      judge(simulator, note, broken)
      steps += 1
    }
    for (const property of properties) {
      const failure = endFailure(simulator, property)
      if (failure !== undefined) broken.add(`${property.name} [${failure.rule.id}]`)
      hash.update(failure?.why ?? '')
    }
  }
  return { steps, digest: hash.digest('hex').slice(0, 12), broken: [...broken] }
}

function countEnabled({ machine: m, state: s }: Simulator, scratch: Int32Array): number {
  let count = 0
  forEachEnabled(m, s, scratch, () => {
    count += 1
  })
  return count
}

function judge({ machine: m, state: s }: Simulator, note: (text: string) => unknown, broken: Set<string>): void {
  for (const property of properties) {
    note(String(property.witnessBits(m, s)))
    const failure = failureOf(m, s, property)
    if (failure === undefined) continue
    broken.add(`${property.name} [${failure.rule.id}]`)
    note(`${failure.gfn} ${failure.why}`)
  }
}
