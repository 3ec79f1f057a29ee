import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { whyEquivalent } from './equivalent.js'
import type { RuleMutant } from './instrument.js'

/** Percent of the judged mutants that a run has to kill. */
const bar = 90

/** Prints the score of a run, and each mutant that no test killed. */
export class RuleMutantReporter implements Reporter {
  private readonly killed = new Set<number>()
  private endless = 0
  private readonly reached = new Set<number>()
  private readonly loaded = new Set<number>()
  private readonly failed: string[] = []

  constructor(
    private readonly sample: readonly RuleMutant[],
    private readonly total: number,
  ) {}

  onTestCaseResult(test: TestCase): void {
    if (test.result().state === 'failed') this.failed.push(test.fullName)
    const { mutants } = test.meta()
    for (const id of mutants?.reached ?? []) this.reached.add(id)
    for (const id of mutants?.killed ?? []) this.killed.add(id)
    this.endless += mutants?.endless.length ?? 0
  }

  onTestModuleEnd(module: TestModule): void {
    for (const id of module.meta().loaded ?? []) this.loaded.add(id)
    console.log(
      `${this.killed.size} killed after ${module.relativeModuleId}, ${Math.round(performance.now() / 1000)} s`,
    )
  }

  /** Tables are built once, before tests run: a change in them is not judged, as in Stryker without static mutants. */
  onTestRunEnd(): void {
    const { sample, killed, reached, loaded, failed } = this
    for (const name of failed) console.log(`fails without any mutant: ${name}`)
    const isTable = ({ id, file }: RuleMutant) => !reached.has(id) && (loaded.has(id) || file.startsWith('spec/'))
    const inTables = sample.filter(isTable)
    const rest = sample.filter((mutant) => !inTables.includes(mutant))
    const equivalent = rest.filter((mutant) => !killed.has(mutant.id) && whyEquivalent(mutant) !== undefined)
    const left = rest.filter((mutant) => !killed.has(mutant.id) && !equivalent.includes(mutant))
    for (const mutant of left) console.log(textOf(mutant, reached.has(mutant.id) ? 'survives' : 'met by no test'))
    const judged = rest.length - equivalent.length
    const score = (100 * killed.size) / judged
    console.log(
      `${sample.length} of ${this.total} mutants: ${killed.size} of ${judged} killed, ${score.toFixed(1)} %, ` +
        `${this.endless} by time; ${equivalent.length} are equivalent, ${inTables.length} in tables and not judged`,
    )
    if (score < bar || failed.length > 0) process.exitCode = 1
  }
}

const textOf = ({ file, line, column, operator, was, becomes }: RuleMutant, what: string) =>
  `${what}: ${file}:${line}:${column} ${operator}\n  - ${short(was)}\n  + ${short(becomes)}`

const short = (text: string) => text.replaceAll(/\s+/g, ' ').slice(0, 160)
