import { type RunnerTestCase, TestRunner } from 'vitest'
import { getFn } from 'vitest/suite'
import { MutantSwitch } from './switch.js'

declare global {
  var ruleMutants: MutantSwitch | undefined
}

/** What a test did to the mutants that were alive before it. */
export interface MutantMeta {
  readonly reached: readonly number[]
  readonly killed: readonly number[]
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

/** Tests of one group (`describe`) that a mutant may survive; the others of the group are spared it, small ones not. */
const maxTries = 15
/** Places that a small test passes at most. */
const small = 20_000

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
    await run()
    const { passed } = mutants
    const tried = [...reached].filter(
      (mutant) => alive.has(mutant) && (passed < small || this.triesOf(test, mutant) < maxTries),
    )
    const killed: number[] = []
    for (const mutant of tried) {
      mutants.start(mutant, limitFor(passed))
      if (await fails(run)) killed.push(mutant)
      else this.survived.set(`${groupOf(test)} ${mutant}`, this.triesOf(test, mutant) + 1)
      await new Promise((done) => setImmediate(done)) // answers to vitest's messages come in between
    }
    mutants.start(-1, Number.POSITIVE_INFINITY)
    for (const mutant of killed) alive.delete(mutant)
    test.meta.mutants = { reached: tried, killed }
  }

  private triesOf(test: RunnerTestCase, mutant: number): number {
    return this.survived.get(`${groupOf(test)} ${mutant}`) ?? 0
  }
}

const groupOf = ({ file, suite }: RunnerTestCase) => `${file.name} ${suite?.name ?? ''}`

async function fails(run: () => unknown): Promise<boolean> {
  try {
    await run()
    return false
  } catch {
    return true
  }
}
