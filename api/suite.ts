import { fc } from '@fast-check/vitest'
import { ok, onLine, type Problem, problemText, type Result } from '../base/result.js'
import { checkDesign } from '../designs/check/index.js'
import { type Design, fullName } from '../designs/index.js'
import type { Part } from '../model/machine/parts.js'
import type { Scope, ScopeInput } from '../model/machine/scope.js'
import { type Property, properties } from '../properties/index.js'
import { type Archived, loadTraces } from '../search/archive/load.js'
import type { Question } from '../search/check/machines.js'
import { type Elsewhere, walkConfigurations, walkedSetups } from '../search/check/walk.js'
import { buildMachine, type MachineConfig, type MachineConfigInput, setupText } from '../search/machine-config.js'
import { RunValue } from '../search/random/arbitrary.js'
import { Simulator } from '../search/simulator.js'
import { encodeTrace, type Trace } from '../search/trace.js'

/**
 * Options of `dmaSuite`; each has a default.
 *
 * @example
 * dmaSuite(mine, { runs: 1000, seed: 1, scope: { vcpus: 1 } } satisfies SuiteOptions)
 */
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
  /** `plain`: only the machine as it is said here; `all`, unless told: also the other configurations of `check`. */
  readonly configurations?: 'all' | 'plain'
  /** Random runs of each property; 200 unless told. An eighth of them in every other configuration. */
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
export interface Saved {
  readonly path: string
  readonly value: RunValue
}

/** Bounds of the search of states that goes before the runs in each other configuration. */
const small = { states: 2000, seconds: 1 }

/** What the tests of one suite share: machines, saved traces, and the place that its failures are blamed on. */
export class Suite {
  readonly name: string
  readonly seed: number
  readonly folder: string
  private readonly base: MachineConfigInput
  private readonly opened = new Map<string, Opening>()
  private readonly saved: readonly Archived<Trace>[]
  private readonly unreadable: string[]
  private readonly question: Question
  private walked: ReadonlyMap<string, Elsewhere> | undefined
  /** The machines of all configurations, as text. */
  private readonly setups: ReadonlySet<string>

  constructor(
    readonly design: Design,
    readonly options: SuiteOptions,
    private readonly site: string,
  ) {
    const checked = checkDesign(design)
    if (!checked.ok) throw this.blame(problemText(checked.problem))
    const { driver = design.drivers[0]?.name ?? '', platform = 'tdx-2021-reading', parts = [] } = options
    const backing = options.backing ?? design.backings[0] ?? 'separate'
    const scope = { ...design.scope, ...options.scope, backing }
    const lock = options.lock ?? 'vm'
    this.base = { design: fullName(design), driver, lock, scope, platform, parts: [...parts] }
    this.name = [fullName(design), driver, backing, platform, ...(lock === 'none' ? ['no lock'] : [])].join(' · ')
    this.seed = options.seed ?? fc.readConfigureGlobal().seed ?? Math.floor(Math.random() * 0x8000_0000)
    this.folder = options.regressions ?? '.dmaproof/regressions'
    const names = (options.properties ?? properties).filter((one) => properties.includes(one)).map(({ name }) => name)
    const asked = { scope: options.scope ?? {}, platform, parts, properties: names }
    this.question = { design, driver, backing, ...asked, ...(options.lock === undefined ? {} : { lock: options.lock }) }
    this.setups = options.configurations === 'plain' ? new Set() : walkedSetups(this.question)
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

  /** The violation in another configuration than the plain one. All are searched once, for all properties. */
  elsewhere({ name }: Property): Elsewhere | undefined {
    const { configurations, runs = 200, length = 80 } = this.options
    if (configurations === 'plain') return undefined
    if (this.walked === undefined) {
      const bounds = { seed: this.seed, runs: Math.ceil(runs / 8), length, small }
      const walked = walkConfigurations(this.question, bounds)
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

  /** Whether a setup is of the plain machine, or of another configuration of it. */
  private isMine(setup: MachineConfig): boolean {
    const { base } = this
    const { design, driver, lock, scope, platform } = setup
    if (design !== base.design || driver !== base.driver) return false
    if (this.setups.has(setupText(setup))) return true
    const backing = scope.backing === base.scope.backing
    return lock === base.lock && platform === base.platform && backing
  }

  private refuseUnknown(): void {
    const known = (this.options.properties ?? properties).map(({ name }) => name)
    const unknown = Object.keys(this.options.expected ?? {}).find((name) => !known.includes(name))
    if (unknown !== undefined) {
      throw this.blame(`expected: the suite has no property "${unknown}"; it has ${known.join(', ')}`)
    }
  }
}

function unknownProperty({ path, value: trace }: Archived<Trace>): string[] {
  const { property } = trace.header
  return properties.some(({ name }) => name === property) ? [] : [`${path}:1: there is no property "${property}"`]
}
