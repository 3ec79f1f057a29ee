import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { whyEquivalent } from './equivalent.js'
import type { RuleMutant } from './instrument.js'
import { digestOf } from './sample.js'
import { isEnough, type JudgedMutant, linesOf } from './score.js'
import type { ShardResult } from './whole.js'

/** Prints the score of a run, and each mutant that no test killed. */
export class RuleMutantReporter implements Reporter {
  private readonly killed = new Set<number>()
  private readonly endless = new Set<number>()
  private readonly reached = new Set<number>()
  private readonly loaded = new Set<number>()
  private readonly failed: string[] = []

  /** @param out file for the results, as JSON; none if empty */
  constructor(
    private readonly sample: readonly RuleMutant[],
    private readonly all: readonly RuleMutant[],
    private readonly out: string,
  ) {}

  onTestCaseResult(test: TestCase): void {
    if (test.result().state === 'failed') this.failed.push(test.fullName)
    const { mutants } = test.meta()
    for (const id of mutants?.reached ?? []) this.reached.add(id)
    for (const id of mutants?.killed ?? []) this.killed.add(id)
    for (const id of mutants?.endless ?? []) this.endless.add(id)
  }

  onTestModuleEnd(module: TestModule): void {
    for (const id of module.meta().loaded ?? []) this.loaded.add(id)
    for (const { message } of module.errors()) this.failed.push(`${module.relativeModuleId}: ${message}`)
    console.log(
      `${this.killed.size} killed after ${module.relativeModuleId}, ${Math.round(performance.now() / 1000)} s`,
    )
  }

  onTestRunEnd(): void {
    const judged = this.sample.map(({ id, ...rest }) => ({ ...rest, end: this.endOf({ id, ...rest }) }))
    for (const name of this.failed) console.log(`fails without any mutant: ${name}`)
    for (const line of linesOf(judged, this.all.length)) console.log(line)
    if (!isEnough(judged) || this.failed.length > 0) process.exitCode = 1
    if (this.out === '' || this.failed.length > 0) return
    const result: ShardResult = { digest: digestOf(this.all), total: this.all.length, judged }
    mkdirSync(dirname(this.out), { recursive: true })
    writeFileSync(this.out, `${JSON.stringify(result, undefined, 1)}\n`)
  }

  private endOf(mutant: RuleMutant): JudgedMutant['end'] {
    const { id, file } = mutant
    if (this.endless.has(id)) return 'endless'
    if (this.killed.has(id)) return 'killed'
    if (!this.reached.has(id) && (this.loaded.has(id) || file.startsWith('spec/'))) return 'in a table'
    if (whyEquivalent(mutant) !== undefined) return 'equivalent'
    return this.reached.has(id) ? 'survives' : 'met by no test'
  }
}
