import { counted } from '../../base/plural.js'
import { must, ok, type Result, refuse, within } from '../../base/result.js'
import { type Design, type Driver, fullName } from '../../designs/index.js'
import { Catalogue } from '../../search/catalogue/catalogue.js'
import { type BuiltMachine, buildMachine } from '../../search/machine-config.js'
import { check, type Divergence, OracleCache } from '../oracle/check.js'
import type { Answer, Hello, InterfaceName } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { type TestSetup, testSetupOf, testTargetOf } from '../protocol/setting.js'
import type { OpenTarget, TargetFailure } from '../protocol/target.js'
import { type TargetSession, withSession } from '../runner/session.js'
import { type AskResult, shrink } from '../runner/shrink.js'
import { withoutConversions, withoutRaces } from './control.js'
import { type Counts, countFates, countOf, noCounts } from './dma-fates.js'
import { interfaceOf, notExecutable } from './executable.js'
import { type Script, writeScript } from './script.js'

/**
 * What runs, and how long.
 *
 * @example
 * const options: DesignRunOptions = { design: mine, driver: type1v2, runs: 10, length: 8, seed: 1 }
 */
export interface DesignRunOptions {
  readonly design: Design
  readonly driver: Driver
  /** The platform of the target; by default what its hello says, else `linux-7.2`. */
  readonly platform?: string
  /** Fresh containers, each with the design's boot. */
  readonly runs: number
  /** Conversions of a run. */
  readonly length: number
  readonly seed: number
  readonly onProgress?: (share: number) => void
  readonly isInterrupted?: () => boolean
}

/**
 * What became of the DMA of a design that ran on an implementation.
 *
 * @example
 * const { counts, control, divergence }: DesignRun = run.value
 */
export interface DesignRun {
  /** What the implementation calls itself. */
  readonly target: string
  readonly interface: InterfaceName
  readonly platform: string
  /** Whether there was a virtual machine: without one there are no attributes, and nothing is private. */
  readonly hasKvm: boolean
  readonly observes: Hello['observes']
  /** Runs that came to their end, and their controls. */
  readonly runs: number
  readonly counts: Counts
  /** The same DMA without the conversions. */
  readonly control: Counts
  /** Replies that were checked against the model. */
  readonly replies: number
  /** The first reply that the model does not allow; the run ends there. */
  readonly divergence?: Divergence
  readonly seconds: number
  /** Why the run ended before its time. */
  readonly cut?: string
}

const defaultPlatform = 'linux-7.2'
/** A guest in which requests meet: two superpages, whatever size the implementation's own have. */
const sizes = { pages: 16, pagesPerSuperpage: 8, vcpus: 1 }
const maxDevices = 4
/** Microseconds of a call, to begin with; and the shares of a race's writes that may come late. */
const firstCallMicroseconds = 130
const fewLate = 0.05
const manyLate = 0.3
/** What shrinking a divergence may cost. */
const budget = { tries: 500, seconds: 30 }

/** A design's machine, as it is planned with; or why there is none. */
export function openDesign({ design, driver }: DesignRunOptions, platform: string): Result<BuiltMachine> {
  const foreign = notExecutable(design, driver)
  if (foreign !== undefined) return within(`${fullName(design)}: not applicable`, foreign)
  const backing = design.backings.includes('separate') ? 'separate' : 'in-place'
  const scope = { ...sizes, ...design.scope, backing } as const
  const mine = new Catalogue({ designs: [design], drivers: [driver] })
  const opened = buildMachine({ design: fullName(design), driver: driver.name, scope, platform }, mine)
  return opened.ok ? opened : within(`${fullName(design)} on ${platform}`, opened.problem)
}

/**
 * Carries a design's plan out on an implementation while its devices do DMA, and counts what became of the DMA.
 *
 * @returns what was counted; or why the plan cannot be carried out there
 *
 * @example
 * const run = await runDesign(processTarget({ command: './agent', timeout: 5 }), options)
 */
export async function runDesign(open: OpenTarget, options: DesignRunOptions): Promise<Result<DesignRun>> {
  return withSession(open, async (session, hello) => {
    const platform = options.platform ?? hello.platform ?? defaultPlatform
    const opened = openDesign(options, platform)
    if (!opened.ok) return opened
    const setting = settingFor(hello, options.driver, opened.value)
    if (!setting.ok) return setting
    return ok(await new Run({ session, hello, platform }, opened.value, setting.value, options).run())
  })
}

/** The process that is asked, and what it is. */
interface Subject {
  readonly session: TargetSession
  readonly hello: Hello
  readonly platform: string
}

function settingFor(hello: Hello, driver: Driver, { setup: { scope } }: BuiltMachine): Result<TestSetup> {
  const on = interfaceOf(driver)
  if (on === undefined) throw new Error(`${driver.name} is no interface, and its plan was not refused`)
  const testTarget = testTargetOf(hello, on)
  if (!testTarget.ok) return testTarget
  const blind = (['result', 'data'] as const).find((one) => !hello.observes.includes(one))
  if (blind !== undefined) {
    return refuse(`${hello.name} does not observe ${blind}: what becomes of a DMA could not be told`)
  }
  if (hello.pages < scope.pages) {
    return refuse(`${hello.name}: found ${counted(hello.pages, 'page')}, expected at least ${scope.pages}`)
  }
  const kvm = hello.interfaces.includes('kvm')
  const usual = testSetupOf({ ...testTarget.value, kvm }, {})
  return ok({ ...usual, pages: scope.pages, devices: Math.min(maxDevices, hello.devices) })
}

class Run {
  private readonly oracles: OracleCache
  /** Races need a target that can tell when a write took place. */
  private readonly ways: readonly ('between' | 'during')[]
  private readonly counts = noCounts()
  private readonly control = noCounts()
  private readonly started = performance.now()
  private callMicroseconds = firstCallMicroseconds
  private raced = { all: 0, late: 0 }
  private runs = 0
  private replies = 0
  private divergence: Divergence | undefined
  private cut: string | undefined

  constructor(
    private readonly subject: Subject,
    private readonly opened: BuiltMachine,
    private readonly setting: TestSetup,
    private readonly options: DesignRunOptions,
  ) {
    this.oracles = new OracleCache([subject.platform])
    this.ways = subject.hello.observes.includes('when') ? ['between', 'during'] : ['between']
  }

  async run(): Promise<DesignRun> {
    const { runs, length, seed } = this.options
    for (let index = 0; index < runs && this.mayContinue(); index += 1) {
      for (const dma of this.ways) {
        if (!this.mayContinue()) break
        const { setting, callMicroseconds } = this
        const script = writeScript(this.opened, { setting, seed: seed + index, length, dma, callMicroseconds })
        await this.ask(script, this.counts)
        if (this.mayContinue()) await this.ask(withoutConversions(script), this.control)
      }
      this.aim()
      if (this.mayContinue()) this.runs += 1
      this.options.onProgress?.((index + 1) / runs)
    }
    return this.report()
  }

  /** Writes that all take place during the calls leave their end out, and those behind it are wasted. */
  private aim(): void {
    const { before, during, after } = this.counts.race
    const all = countOf([before, during, after]) - this.raced.all
    const late = countOf([after]) - this.raced.late
    this.raced = { all: this.raced.all + all, late: this.raced.late + late }
    if (all === 0) return
    if (late < all * fewLate) this.callMicroseconds *= 1.5
    else if (late > all * manyLate) this.callMicroseconds /= 1.5
  }

  private mayContinue(): boolean {
    if (this.options.isInterrupted?.() === true) this.cut ??= 'it was interrupted'
    return this.cut === undefined && this.divergence === undefined
  }

  private async ask(script: Script, counts: Counts): Promise<void> {
    const requests = [{ call: 'reset' as const, ...script.setting }, ...script.requests]
    const { replies, failure } = await this.subject.session.ask(requests)
    const { sequence, answers } = withoutRaces(script, replies)
    const found = this.check(sequence, answers, failure)
    this.replies += answers.length
    countFates(counts, script, replies.slice(1))
    if (failure !== undefined) this.cut = `the target is gone: ${failure.message}`
    this.divergence = found === undefined || failure !== undefined ? found : await this.shrink(found)
  }

  private check(sequence: Sequence, answers: readonly Answer[], failure?: TargetFailure): Divergence | undefined {
    const oracle = must(this.oracles.open(sequence.setting))
    const promised = this.subject.hello.observes
    return check(oracle, sequence, { answers, promised, ...(failure === undefined ? {} : { failure }) })
  }

  /** What can be left out of a run that ended in a wrong reply, tried on the target itself. */
  private async shrink(found: Divergence): Promise<Divergence> {
    const again = async (sequence: Sequence): Promise<AskResult> => {
      const exchange = await this.subject.session.askAlone(sequence, false)
      if (exchange === undefined || exchange.failure !== undefined) return 'unasked'
      return this.check(sequence, exchange.replies)
    }
    return (await shrink(found, again, budget)).best
  }

  private report(): DesignRun {
    const { hello, platform } = this.subject
    return {
      target: hello.name,
      interface: this.setting.interface,
      platform,
      hasKvm: this.setting.kvm === 1,
      observes: hello.observes,
      runs: this.runs,
      counts: this.counts,
      control: this.control,
      replies: this.replies,
      ...(this.divergence === undefined ? {} : { divergence: this.divergence }),
      seconds: (performance.now() - this.started) / 1000,
      ...(this.cut === undefined ? {} : { cut: this.cut }),
    }
  }
}
