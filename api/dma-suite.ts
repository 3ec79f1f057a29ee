import { fc, test } from '@fast-check/vitest'
import { describe, test as plainTest, type RunnerTestCase, type TestContext, TestRunner } from 'vitest'
import { counted } from '../base/plural.js'
import { problemText } from '../base/result.js'
import { designWarnings } from '../designs/check/warnings.js'
import type { Design } from '../designs/index.js'
import { print } from '../model/machine/action.js'
import type { Property } from '../properties/index.js'
import { columnsOfTrace } from '../report/columns/columns.js'
import { foldText } from '../report/columns/fold.js'
import { saveTrace } from '../search/archive/save.js'
import type { Elsewhere } from '../search/check/walk.js'
import { type RunValue, runs } from '../search/random/arbitrary.js'
import { Census } from '../search/random/census.js'
import { unseenText, violatingPart } from '../search/random/unseen.js'
import { replay } from '../search/simulator.js'
import type { Trace } from '../search/trace.js'
import { drawnText } from '../search/verdict.js'
import { type Saved, Suite } from './suite.js'
import { propertiesOf, type SuiteOptions } from './suite-options.js'

/** How many times the runs asked for are made, at most, for a witness or an expected violation to be seen. */
const maxRunsFactor = 100

const decide = 'give it more time, or ask for a smaller scope'

/** `dmaSuite` of `dmaproof/vitest`. It imports the peers of the package, so `vitest.ts` imports it late. */
export function dmaSuite(design: Design, options: SuiteOptions = {}): void {
  const site = { stack: '' }
  Error.captureStackTrace(site, dmaSuite)
  const suite = new Suite(design, options, site.stack)
  for (const doubt of designWarnings(design)) console.warn(`dmaproof: warning: ${problemText(doubt)}`)
  describe(suite.name, () => {
    plainTest('saved traces can be read', () => suite.refuseUnreadable())
    for (const property of propertiesOf(options)) {
      const hunt = new Hunt(suite, property)
      if (suite.settings.exhaustive) hunt.declareProof()
      else hunt.declare()
    }
  })
}

/** The search for a violation of one property: the saved traces first, then random runs. */
class Hunt {
  private readonly census = new Census()
  private readonly seen = new Int32Array(1)
  private readonly saved: readonly Saved[]
  private readonly wanted: number
  /** Why the violation is expected; undefined if it is not. */
  private readonly reason: string | undefined
  private judged = 0
  private failed = false
  /** When no new run begins, in milliseconds; known when the first begins. */
  private until: number | undefined

  constructor(
    private readonly suite: Suite,
    private readonly property: Property,
  ) {
    this.saved = suite.savedFor(property)
    this.wanted = this.saved.length + suite.settings.runs
    this.reason = suite.settings.expected[property.name]
  }

  declare(): void {
    const { suite, property, reason } = this
    const { length, timeoutMs, seed } = suite.settings
    const { simulator } = suite.machineFor(property)
    const notOn = property.notOn?.(simulator.machine)
    if (notOn !== undefined) {
      plainTest(property.name, ({ skip }) => skip(`not applicable: ${notOn}`))
      return
    }
    const name = reason === undefined ? property.name : `${property.name} is violated: ${reason}`
    test.prop([runs(simulator, [property], { length, census: this.census })], {
      seed,
      numRuns: this.wanted * maxRunsFactor,
      examples: this.saved.map(({ value }) => [value]),
      endOnFailure: reason !== undefined,
      markInterruptAsFailure: false,
      asyncReporter: (details) => this.report(details),
    })(name, (value) => this.judge(value), timeoutMs)
    dropSeedFromName()
  }

  /** The test that sees every state in the place of random runs. */
  declareProof(): void {
    const { suite, property, reason } = this
    const claim = reason === undefined ? `held: ${suite.proofs.scopeOf(property)}` : `violated: ${reason}`
    plainTest(`${property.name} is ${claim}`, (context) => this.prove(context), suite.settings.timeoutMs)
  }

  private async prove({ annotate, skip }: TestContext): Promise<void> {
    const { suite, property } = this
    for (const { value, path } of this.saved) {
      const { failure } = replay(value.simulator, value.run, property)
      if (failure !== undefined && this.reason === undefined) {
        this.fail(suite.traceOf(value, property, failure), failure.why, path)
      }
    }
    const proved = suite.proofs.verdictOf(property)
    if (!proved.ok) throw suite.blame(problemText(proved.problem))
    const { verdict, why, scope, trace } = proved.value
    if (verdict === 'not-applicable') return skip(`not applicable: ${why}`)
    if (verdict === 'violated' && this.reason === undefined && trace !== undefined) {
      this.fail(trace, why, `a search of all states, ${scope}`)
    }
    if (verdict !== 'violated' && this.reason !== undefined) {
      throw suite.blame(`${suite.name} is expected to violate ${property.name}, but it is ${verdict}: ${why}`)
    }
    if (verdict === 'vacuous') throw suite.blame(`${property.name} was never tested: ${why}`)
    if (verdict === 'inconclusive') throw suite.blame(`${property.name} is not decided: ${why}; ${decide}`)
    await annotate(`${verdict}: ${why}; ${scope}`)
  }

  private judge({ simulator, run }: RunValue): void {
    const { failure } = replay(simulator, run, this.property, undefined, this.seen)
    this.judged += 1
    this.until ??= performance.now() + this.suite.budget.take() * 1000
    if (failure !== undefined) {
      this.failed = true
      throw new Error(failure.why)
    }
    if (this.isEnough()) throw new fc.PreconditionFailure(true)
  }

  /** No run beyond those asked for, but to see the witness or the expected violation; a shrink is never cut short. */
  private isEnough(): boolean {
    if (this.failed) return false
    const isLate = performance.now() > (this.until ?? Number.POSITIVE_INFINITY)
    if (isLate && this.judged >= this.saved.length) return true
    if (this.judged < this.wanted) return false
    return this.reason === undefined ? this.isWitnessed() : this.suite.elsewhere(this.property) !== undefined
  }

  private isWitnessed(): boolean {
    return this.seen[0] === this.property.fullWitness
  }

  private async report(details: fc.RunDetails<[RunValue]>): Promise<void> {
    const { suite, property, judged } = this
    const [value] = details.counterexample ?? []
    const found = value === undefined ? suite.elsewhere(property) : undefined
    if (value !== undefined) this.reportRun(value, details)
    else if (found !== undefined) this.reportElsewhere(found)
    else if (this.reason !== undefined) {
      throw suite.blame(
        `${suite.name} is expected to violate ${property.name}, but does not in ${counted(judged, 'run')}`,
      )
    } else if (!this.isWitnessed()) {
      const { seed } = suite.settings
      const never = `in ${counted(judged, 'run')} of seed ${seed} this was never seen: ${property.witness}`
      throw suite.blame(`${property.name} was never tested: ${never}`)
    } else await this.reportNone()
  }

  /** An annotation of a test that passes: what was drawn on the plain machine, and how sure it makes. */
  private async reportNone(): Promise<void> {
    const unseen = this.census.unseen()
    // The last run that was drawn may not have been judged, and saved ones were not drawn.
    const runs = this.judged - this.saved.length
    const figures = unseen && { ...unseen, runs, violating: violatingPart(runs) }
    const sure = figures === undefined ? 'too few to say how sure that is' : unseenText(figures)
    const drawn = drawnText(this.judged, this.suite.settings.length)
    await TestRunner.getCurrentTest<RunnerTestCase | undefined>()?.context.annotate(`none-found: ${drawn}; ${sure}`)
  }

  private reportRun(value: RunValue, details: fc.RunDetails<[RunValue]>): void {
    const { suite, property, reason } = this
    const { failure } = replay(value.simulator, value.run, property)
    if (failure === undefined) throw details.errorInstance
    if (reason !== undefined) return
    this.fail(suite.traceOf(value, property, failure), failure.why, this.finder(details))
  }

  private reportElsewhere({ configuration, verdict: { trace, why, seed } }: Elsewhere): void {
    if (this.reason !== undefined || trace === undefined) return
    this.fail(trace, why, `configuration "${configuration}", random runs of seed ${seed}`)
  }

  /** Saves the counterexample, and fails with it. */
  private fail(trace: Trace, why: string, finder: string): never {
    const { suite, property } = this
    const path = this.keep(trace)
    const message = [
      `${suite.name} violates ${property.name}: ${why}`,
      `\n${columnsOfTrace(trace)}\n`,
      `found by: ${finder}, and shrunk to ${counted(trace.steps.length, 'action')}`,
      `replay: ${suite.replayOf(trace, path) ?? `this test tries ${path} first`}`,
      `page: ${suite.pageOf(trace, path)}`,
    ]
    throw suite.blame(foldText(message.join('\n')))
  }

  private finder({ counterexamplePath, seed }: fc.RunDetails<[RunValue]>): string {
    const index = Number(counterexamplePath?.split(':')[0] ?? 0)
    return this.saved[index]?.path ?? `random run ${index - this.saved.length} of seed ${seed}`
  }

  /** Saves a counterexample unless its actions are saved already. @returns its path, or why there is none */
  private keep(trace: Trace): string {
    const text = trace.steps.map(({ action }) => print(action)).join('\n')
    const known = this.saved.find(({ value }) => value.toString() === text)
    if (known !== undefined) return known.path
    const saved = saveTrace(trace, this.suite.settings.folder)
    return saved.ok ? saved.value : `(not saved: ${problemText(saved.problem)})`
  }
}

/** `test.prop` puts the seed into the name of the test that it just declared; a name has to last from run to run. */
function dropSeedFromName(): void {
  const task = TestRunner.getCurrentSuite().tasks.at(-1)
  if (task === undefined || !('name' in task)) return
  const drop = (name: string | undefined): string => (name ?? '').replace(/ \(with seed=-?\d+\)$/, '')
  Object.assign(task, { name: drop(task.name) })
  if (task.type !== 'test') return
  Object.assign(task, { fullName: drop(task.fullName), fullTestName: drop(task.fullTestName) })
}
