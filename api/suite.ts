import { join, parse } from 'node:path'
import { ok, onLine, type Problem, problemText, type Result } from '../base/result.js'
import { checkDesign } from '../designs/check/index.js'
import { type Design, findDesign, fullName } from '../designs/index.js'
import { broken, type PropertyFailure } from '../properties/failure.js'
import type { Property } from '../properties/index.js'
import { replayText, viewText } from '../report/text/command.js'
import { type Archived, loadTraces } from '../search/archive/load.js'
import { saveText } from '../search/archive/save.js'
import type { Catalogue } from '../search/catalogue/catalogue.js'
import { catalogueOf } from '../search/check/machines.js'
import { type Elsewhere, walkConfigurations, walkedSetups } from '../search/check/walk.js'
import { buildMachine, type MachineConfig, type MachineConfigInput, setupText } from '../search/machine-config.js'
import { RunValue } from '../search/random/arbitrary.js'
import { Simulator } from '../search/simulator.js'
import { encodeTrace, recordViolation, type Trace } from '../search/trace.js'
import { html } from '../view/html.js'
import { pageData } from '../view/page-data.js'
import { runOfTrace } from '../view/run-of-trace.js'
import { Budget } from './budget.js'
import { Proofs } from './proofs.js'
import { type SuiteOptions, type SuiteSettings, suiteSettings } from './suite-options.js'

interface Opening {
  readonly simulator: Simulator
  readonly setup: MachineConfig
}

/** A saved counterexample as a run. Some of its actions may no longer be enabled: the design may have changed. */
export interface Saved {
  readonly path: string
  readonly value: RunValue
}

/** Bounds of the search of states that goes before the runs in each other configuration. */
const small = { states: 2000, seconds: 1 }

/** What the tests of one suite share: machines, saved traces, and the place that its failures are blamed on. */
export class Suite {
  readonly name: string
  readonly settings: SuiteSettings
  readonly proofs: Proofs
  /** Of the runs on the plain machines. */
  readonly budget: Budget
  private readonly base: MachineConfigInput
  private readonly opened = new Map<string, Opening>()
  private readonly saved: readonly Archived<Trace>[]
  private readonly unreadable: string[]
  private readonly catalogue: Catalogue
  private walked: ReadonlyMap<string, Elsewhere> | undefined
  /** The machines of all configurations, as text. */
  private readonly setups: ReadonlySet<string>

  constructor(
    readonly design: Design,
    options: SuiteOptions,
    private readonly site: string,
  ) {
    const checked = checkDesign(design)
    if (!checked.ok) throw this.blame(problemText(checked.problem))
    const settings = suiteSettings(design, options, process.env)
    if (!settings.ok) throw this.blame(`dmaSuite(${design.name}): ${problemText(settings.problem)}`)
    this.settings = settings.value
    const { question, folder, isPlain, time } = settings.value
    const { driver, backing, platform, parts, lock = 'vm' } = question
    this.catalogue = catalogueOf(question)
    const scope = { ...design.scope, ...question.scope, backing }
    this.base = { design: fullName(design), driver, lock, scope, platform, parts: [...parts] }
    this.name = [fullName(design), driver, backing, platform, ...(lock === 'none' ? ['no lock'] : [])].join(' · ')
    this.budget = new Budget(isPlain ? time : time / 2, question.properties.length)
    this.proofs = new Proofs(question, new Budget(time, question.properties.length))
    this.setups = isPlain ? new Set() : walkedSetups(question)
    const { entries, unreadable } = loadTraces(folder)
    this.saved = entries.filter(({ value }) => this.isMine(value.header.setup))
    this.unreadable = [...unreadable, ...this.saved.flatMap((one) => this.unknownProperty(one))]
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

  /** The violation in another configuration than the plain one. All are searched once, for all properties. */
  elsewhere({ name }: Property): Elsewhere | undefined {
    const { isPlain, runs, length, seed, time, question } = this.settings
    if (isPlain) return undefined
    if (this.walked === undefined) {
      const half = Number.isFinite(time) ? { seconds: time / 2 } : {}
      const bounds = { seed, runs: Math.ceil(runs / 8), length, small, ...half }
      const walked = walkConfigurations(question, bounds)
      if (!walked.ok) throw this.blame(problemText(walked.problem))
      this.walked = walked.value
    }
    return this.walked.get(name)
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

  private setupOf(simulator: Simulator): MachineConfig {
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
    const opened = buildMachine(input, this.catalogue)
    if (!opened.ok) return opened
    const value = { simulator: new Simulator(opened.value.machine), setup: opened.value.setup }
    this.opened.set(key, value)
    return ok(value)
  }

  /** Whether a setup is of the plain machine, or of another configuration of it. */
  private isMine(setup: MachineConfig): boolean {
    const { base } = this
    const { design, driver, lock, scope, platform } = setup
    if (design !== base.design || driver !== base.driver) return false
    if (this.setups.has(setupText(setup))) return true
    const backing = scope.backing === base.scope.backing
    return lock === base.lock && platform === base.platform && backing
  }

  private unknownProperty({ path, value: trace }: Archived<Trace>): string[] {
    const { property } = trace.header
    return this.catalogue.findProperty(property) === undefined ? [`${path}:1: there is no property "${property}"`] : []
  }

  /** A run of a property's violation as a trace, which names the design's module if the suite does. */
  traceOf({ simulator, run }: RunValue, property: Property, failure: PropertyFailure): Trace {
    const setup = this.setupOf(simulator)
    const said = { ...broken(failure), ...this.catalogue.filesFor(setup, property) }
    return recordViolation(simulator, setup, run, property, { seed: this.settings.seed, ...said })
  }

  /** The command that replays a saved counterexample; undefined if no command knows the design. */
  replayOf(trace: Trace, path: string): string | undefined {
    return this.isNamed(trace) ? `npx ${replayText(trace, path)}` : undefined
  }

  /** Writes the page of a counterexample where pages are asked for. @returns where it is, or what writes it */
  pageOf(trace: Trace, path: string): string {
    const { pages } = this.settings
    const { name } = parse(path)
    if (pages === undefined) {
      return this.isNamed(trace)
        ? `npx ${viewText(trace, path, `${name}.html`)}`
        : 'run this test again with DMAPROOF_PAGES=FOLDER, and it is written there'
    }
    const run = runOfTrace(path, trace, this.catalogue)
    const page = run.ok ? html(pageData([run.value])) : run
    const saved = page.ok ? saveText(page.value, join(pages, `${name}.html`), 'the page') : page
    return saved.ok ? saved.value : `(not written: ${problemText(saved.problem)})`
  }

  private isNamed({ header }: Trace): boolean {
    return header.designs !== undefined || findDesign(fullName(this.design)) !== undefined
  }
}
