import { fc, test } from '@fast-check/vitest'
import { describe, test as plainTest, TestRunner } from 'vitest'
import { ok, onLine, type Problem, problemText, type Result } from '../base/result.js'
import { type Design, findDesign, fullName } from '../designs/index.js'
import { print } from '../model/machine/action.js'
import type { Part } from '../model/machine/parts.js'
import type { Scope, ScopeInput } from '../model/machine/scope.js'
import { type Property, properties } from '../properties/index.js'
import { broken } from '../properties/monitor.js'
import { columnsOfTrace } from '../report/columns/columns.js'
import { type Archived, loadTraces } from '../search/archive/load.js'
import { saveTrace } from '../search/archive/save.js'
import { buildMachine, type MachineConfig, type MachineConfigInput } from '../search/machine-config.js'
import { RunValue, runs } from '../search/random/arbitrary.js'
import { replay, Simulator } from '../search/simulator.js'
import { encodeTrace, record, type Trace } from '../search/trace.js'

export interface SuiteOptions {
  /** The design's first driver unless told. */
  readonly driver?: string
  /** The design's first backing unless told. */
  readonly backing?: Scope['backing']
  /** A preset, with fields changed; `tdx-2021-reading` unless told. */
  readonly platform?: string
  /** Without the lock that the design takes around a conversion. */
  readonly lock?: 'none'
  readonly scope?: ScopeInput
  /** Parts of the machine beyond those that a property needs. */
  readonly parts?: readonly Part[]
  /** All unless told. */
  readonly properties?: readonly Property[]
  /** Properties that the design is known to violate, each with the reason: their tests ask that it is found. */
  readonly expected?: Readonly<Record<string, string>>
  /** Random runs of each property; 200 unless told. */
  readonly runs?: number
  /** Actions of a run, at most (default: 80). */
  readonly length?: number
  /** That of fast-check's global configuration unless told, else drawn; a failure names it. */
  readonly seed?: number
  /** Where counterexamples are kept and tried first the next time; `.dmaproof/regressions` unless told. */
  readonly regressions?: string
  /** Milliseconds that one property may take; 60,000 unless told. */
  readonly timeout?: number
}

interface Opening {
  readonly simulator: Simulator
  readonly setup: MachineConfig
}

/** A saved counterexample as a run. Some of its actions may no longer be enabled: the design may have changed. */
interface Saved {
  readonly path: string
  readonly value: RunValue
}

/** How many times the runs asked for are made, at most, for a witness or an expected violation to be seen. */
const maxRunsFactor = 100

/**
 * Declares the suite of a design: one test a property, named by the property. A test searches random runs; it fails
 * with the shrunk counterexample, which is saved and tried first the next time, or if the property was never
 * tested.
 */
export function dmaSuite(design: Design, options: SuiteOptions = {}): void {
  const site = { stack: '' }
  Error.captureStackTrace(site, dmaSuite)
  const suite = new Suite(design, options, site.stack)
  describe(suite.name, () => {
    plainTest('saved traces can be read', () => suite.refuseUnreadable())
    for (const property of options.properties ?? properties) new Hunt(suite, property).declare()
  })
}

/** What the tests of one suite share: machines, saved traces, and the place that its failures are blamed on. */
class Suite {
  readonly name: string
  readonly seed: number
  readonly folder: string
  private readonly base: MachineConfigInput
  private readonly opened = new Map<string, Opening>()
  private readonly saved: readonly Archived<Trace>[]
  private readonly unreadable: string[]

  constructor(
    readonly design: Design,
    readonly options: SuiteOptions,
    private readonly site: string,
  ) {
    const { driver = design.drivers[0]?.name ?? '', platform = 'tdx-2021-reading', parts = [] } = options
    const backing = options.backing ?? design.backings[0] ?? 'separate'
    const scope = { ...design.scope, ...options.scope, backing }
    const lock = options.lock ?? 'vm'
    this.base = { design: fullName(design), driver, lock, scope, platform, parts: [...parts] }
    this.name = [fullName(design), driver, backing, platform, ...(lock === 'none' ? ['no lock'] : [])].join(' · ')
    this.seed = options.seed ?? fc.readConfigureGlobal().seed ?? Math.floor(Math.random() * 0x8000_0000)
    this.folder = options.regressions ?? '.dmaproof/regressions'
    const { entries, unreadable } = loadTraces(this.folder)
    this.saved = entries.filter(({ value }) => this.isMine(value.header.setup))
    this.unreadable = [...unreadable, ...this.saved.flatMap(unknownProperty)]
    this.refuseUnknown()
  }

  /** The machine on which a property is tested: with the parts, and the failures, that it needs. */
  machineFor(property: Property): Opening {
    const { scope, parts = [] } = this.base
    const failures = property.needsFailures === true ? Math.max(1, scope.failures ?? 0) : scope.failures
    const machine = this.open({
      ...this.base,
      scope: { ...scope, ...(failures === undefined ? {} : { failures }) },
      parts: [...new Set([...parts, ...property.parts])],
    })
    if (!machine.ok) throw this.blame(problemText(machine.problem))
    return machine.value
  }

  /** Saved traces of a property, each on the machine on which it was found. */
  savedFor(property: Property): Saved[] {
    return this.saved.flatMap(({ path, value: trace }) => {
      if (trace.header.property !== property.name) return []
      const machine = this.open(trace.header.setup)
      if (!machine.ok) return this.leaveOut(path, { ...machine.problem, ...onLine(1) })
      const run = encodeTrace(trace)
      if (!run.ok) return this.leaveOut(path, run.problem)
      return [{ path, value: new RunValue(machine.value.simulator, run.value) }]
    })
  }

  private leaveOut(path: string, problem: Problem): Saved[] {
    this.unreadable.push(problemText(problem, path))
    return []
  }

  setupOf(simulator: Simulator): MachineConfig {
    const known = [...this.opened.values()].find((machine) => machine.simulator === simulator)
    if (known === undefined) throw new Error('a counterexample is of a machine that the suite does not know')
    return known.setup
  }

  refuseUnreadable(): void {
    if (this.unreadable.length > 0) throw this.blame(`saved traces cannot be read:\n${this.unreadable.join('\n')}`)
  }

  /** An error that points to where the suite was declared, so that reporters annotate that line. */
  blame(message: string): Error {
    const error = new Error(message)
    error.stack = `${error.name}: ${message}\n${this.site.slice(this.site.indexOf('\n') + 1)}`
    return error
  }

  private open(input: MachineConfigInput): Result<Opening> {
    const key = JSON.stringify(input)
    const known = this.opened.get(key)
    if (known !== undefined) return ok(known)
    const opened = buildMachine(input, [this.design])
    if (!opened.ok) return opened
    const value = { simulator: new Simulator(opened.value.machine), setup: opened.value.setup }
    this.opened.set(key, value)
    return ok(value)
  }

  private isMine({ design, driver, lock, scope, platform }: MachineConfig): boolean {
    const { base } = this
    const backing = scope.backing === base.scope.backing
    return (
      design === base.design && driver === base.driver && lock === base.lock && platform === base.platform && backing
    )
  }

  private refuseUnknown(): void {
    const known = (this.options.properties ?? properties).map(({ name }) => name)
    const unknown = Object.keys(this.options.expected ?? {}).find((name) => !known.includes(name))
    if (unknown !== undefined) {
      throw this.blame(`expected: the suite has no property "${unknown}"; it has ${known.join(', ')}`)
    }
  }
}

/** The search for a violation of one property: the saved traces first, then random runs. */
class Hunt {
  private readonly seen = new Int32Array(1)
  private readonly saved: readonly Saved[]
  private readonly wanted: number
  /** Why the violation is expected; undefined if it is not. */
  private readonly reason: string | undefined
  private judged = 0
  private failed = false

  constructor(
    private readonly suite: Suite,
    private readonly property: Property,
  ) {
    this.saved = suite.savedFor(property)
    this.wanted = this.saved.length + (suite.options.runs ?? 200)
    this.reason = suite.options.expected?.[property.name]
  }

  declare(): void {
    const { suite, property, reason } = this
    const { length = 80, timeout = 60_000 } = suite.options
    const { simulator } = suite.machineFor(property)
    const name = reason === undefined ? property.name : `${property.name} is violated: ${reason}`
    test.prop([runs(simulator, [property], { length })], {
      seed: suite.seed,
      numRuns: this.wanted * maxRunsFactor,
      examples: this.saved.map(({ value }) => [value]),
      endOnFailure: reason !== undefined,
      markInterruptAsFailure: false,
      reporter: (details) => this.report(details),
    })(name, (value) => this.judge(value), timeout)
    dropSeedFromName()
  }

  private judge({ simulator, run }: RunValue): void {
    const { failure } = replay(simulator, run, this.property, undefined, this.seen)
    this.judged += 1
    if (failure !== undefined) {
      this.failed = true
      throw new Error(failure.why)
    }
    if (this.isEnough()) throw new fc.PreconditionFailure(true)
  }

  /** No run beyond those asked for, but to see the witness or the expected violation; a shrink is never cut short. */
  private isEnough(): boolean {
    return !this.failed && this.reason === undefined && this.judged >= this.wanted && this.isWitnessed()
  }

  private isWitnessed(): boolean {
    return this.seen[0] === this.property.fullWitness
  }

  private report(details: fc.RunDetails<[RunValue]>): void {
    const { suite, property, judged } = this
    const [value] = details.counterexample ?? []
    if (value !== undefined) this.reportRun(value, details)
    else if (this.reason !== undefined) {
      throw suite.blame(`${suite.name} is expected to violate ${property.name}, but does not in ${judged} runs`)
    } else if (!this.isWitnessed()) {
      const never = `in ${judged} runs of seed ${suite.seed} this was never seen: ${property.witness}`
      throw suite.blame(`${property.name} was never tested: ${never}`)
    }
  }

  private reportRun({ simulator, run }: RunValue, details: fc.RunDetails<[RunValue]>): void {
    const { suite, property, reason } = this
    const { failure } = replay(simulator, run, property)
    if (failure === undefined) throw details.errorInstance
    if (reason !== undefined) return
    const found = { property: property.name, seed: suite.seed, ...broken(failure) }
    const trace = record(simulator, suite.setupOf(simulator), run, found)
    const path = this.keep(trace)
    const message = [
      `${suite.name} violates ${property.name}: ${failure.why}`,
      `\n${columnsOfTrace(trace)}\n`,
      `found by: ${this.finder(details)}, and shrunk to ${run.length} actions`,
      `replay: ${findDesign(fullName(suite.design)) ? `npx dmaproof replay ${path}` : `this test tries ${path} first`}`,
    ]
    throw suite.blame(message.join('\n'))
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
    const saved = saveTrace(trace, this.suite.folder)
    return saved.ok ? saved.value : `(not saved: ${problemText(saved.problem)})`
  }
}

function unknownProperty({ path, value: trace }: Archived<Trace>): string[] {
  const { property } = trace.header
  return properties.some(({ name }) => name === property) ? [] : [`${path}:1: there is no property "${property}"`]
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
