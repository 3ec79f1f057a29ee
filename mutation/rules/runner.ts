import { type RunnerTestCase, TestRunner } from 'vitest'
import { getFn } from 'vitest/suite'
import { endOf } from './end-of-test.js'
import { MutantSwitch } from './switch.js'

declare global {
  var ruleMutants: MutantSwitch | undefined
}

/** What a test did to the mutants that were alive before it. */
export interface MutantMeta {
  readonly reached: readonly number[]
  readonly killed: readonly number[]
  /** Those of the killed with which the test did not end by itself. */
  readonly endless: readonly number[]
}

declare module 'vitest' {
  interface TaskMeta {
    mutants?: MutantMeta
    /** Mutants reached while the file was loaded: a table has them in it already, or never. */
    loaded?: readonly number[]
  }
}

const mutants = new MutantSwitch()
globalThis.ruleMutants = mutants
const alive = new Set<number>((process.env.DMAPROOF_MUTANTS ?? '').split(',').map(Number))
/** A mutant that makes a test pass so many more places than the original does not end. */
const limitFor = (passed: number) => passed * 10 + 100_000
/** A mutant with which a test takes so much longer than without does not end either. In milliseconds. */
const timeFor = (took: number) => took * 5 + 3000

/** Tests of one group (`describe`) that a mutant may survive; the others of the group are spared it, small ones not. */
const maxTries = 15
/** Places that a small test passes at most, nearly all of them blocks. */
const small = 4000

/** Runs each test as it is, and then again with each mutant awake that it reaches and no test has killed so far. */
export default class MutantRunner extends TestRunner {
  private loading: Set<number> = mutants.watch()
  private readonly survived = new Map<string, number>()

  override onCollectStart(...given: Parameters<TestRunner['onCollectStart']>): void {
    this.loading = mutants.watch()
    super.onCollectStart(...given)
  }

  async runTask(test: RunnerTestCase): Promise<void> {
    test.file.meta.loaded ??= [...this.loading]
    const run = getFn(test)
    const reached = mutants.watch()
    const begun = performance.now()
    await run()
    const time = timeFor(performance.now() - begun)
    const { passed } = mutants
    const tried = [...reached].filter(
      (mutant) => alive.has(mutant) && (passed < small || this.triesOf(test, mutant) < maxTries),
    )
    const killed: number[] = []
    const endless: number[] = []
    for (const mutant of tried) {
      mutants.start(mutant, limitFor(passed))
      const end = await endOf(run, time)
      if (end === 'passes') this.survived.set(`${groupOf(test)} ${mutant}`, this.triesOf(test, mutant) + 1)
      else killed.push(mutant)
      if (end === 'endless') endless.push(mutant)
      await new Promise((done) => setImmediate(done)) // answers to vitest's messages come in between
    }
    mutants.start(-1, Number.POSITIVE_INFINITY)
    for (const mutant of killed) alive.delete(mutant)
    test.meta.mutants = { reached: tried, killed, endless }
  }

  private triesOf(test: RunnerTestCase, mutant: number): number {
    return this.survived.get(`${groupOf(test)} ${mutant}`) ?? 0
  }
}

const groupOf = ({ file, suite }: RunnerTestCase) => `${file.name} ${suite?.name ?? ''}`
