import type { Result } from '../../base/result.js'
import { CaseQueue, type Refused } from '../cases/case-queue.js'
import type { BoundaryCases } from '../cases/container.js'
import type { LitmusCases } from '../cases/litmus/index.js'
import { type Divergence, OracleCache } from '../oracle/check.js'
import type { EvidenceSets } from '../oracle/rule-evidence.js'
import type { InterfaceName, Observation } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import { type BesideName, questionOf, type TestTarget, testSetupOf } from '../protocol/setting.js'
import { isTargetFailure, notOpened, type OpenTarget, type Target } from '../protocol/target.js'
import { type AskOf, confirm, type Reproduces } from './confirm.js'
import { type SessionWatch, TargetSession } from './session.js'

export interface ConformOptions {
  readonly interface: InterfaceName | 'kvm'
  /** For `kvm`: what stands beside attributes and conversions; the first of `kvmBeside` that there is, unless told. */
  readonly beside?: BesideName
  /** Any of which the implementation may be; what it says of itself, else `linux-7.2`, unless told. */
  readonly platforms?: readonly string[]
  /** Random sequences at the most. */
  readonly runs: number
  /** Seconds after which nothing new is sent. */
  readonly time?: number
  readonly seed: number
  /** Calls of a random sequence; 30 unless told. */
  readonly length?: number
  /** Processes at a time. */
  readonly jobs?: number
  readonly saved?: readonly Sequence[]
  /** Collects the rules on which right replies rested. */
  readonly rested?: EvidenceSets
  readonly onProgress?: (share: number) => void
  /** Called with each kind of divergence once, as soon as it has been shrunk. */
  readonly onFound?: (found: Found, report: Pick<Report, 'target' | 'platforms' | 'observes'>) => void
  readonly isInterrupted?: () => boolean
}

/** A kind of divergence: the first of its kind, shrunk, who shows it, and how often that kind was met. */
export interface Found {
  readonly divergence: Divergence
  /** Whether shrinking could try everything. */
  readonly isShrunk: boolean
  readonly shown: Reproduces
  /** Sequences that its process was asked just before, by name: they are a part of what shows only `after others`. */
  readonly before: readonly string[]
  readonly times: number
}

export interface Report {
  /** What the implementation calls itself. */
  readonly target: string
  readonly interface: InterfaceName
  readonly platforms: readonly string[]
  readonly observes: readonly Observation[]
  readonly sequences: number
  readonly calls: number
  readonly divergences: readonly Found[]
  /** The fixed list, and what of it the implementation cannot be asked. */
  readonly boundary: Pick<BoundaryCases, 'cases' | 'leftOut'>
  /** What was found before on this interface and cannot be asked now. */
  readonly refused: readonly Refused[]
  /** Tests of the litmus catalogue, and those among them that the interface cannot say, with the reasons. */
  readonly litmus: Pick<LitmusCases, 'files' | 'unsaid'>
  readonly seconds: number
  /** Why the run ended before its time; undefined if it did not. */
  readonly cut?: string
}

/** What shrinking one divergence may cost. */
const budget = { tries: 1000, time: 60 }
/** Kinds of divergence after which a run ends: there is enough to do. */
const maxKinds = 8
/** Processes that may end in trouble before the run does: each costs a start, or the time limit. */
const maxTrouble = 10

const defaultPlatform = 'linux-7.2'

/**
 * Holds an implementation against the model: what was found before, the fixed list, then random sequences.
 *
 * @returns what was found; or why nothing could be asked at all
 */
export async function conform(open: OpenTarget, options: ConformOptions): Promise<Result<Report>> {
  const first = await open()
  if (isTargetFailure(first)) return { ok: false, message: notOpened(first) }
  try {
    const question = questionOf(first.hello, options.interface, options.beside)
    if (!question.ok) return question
    const { platform } = first.hello
    const platforms = options.platforms ?? [platform ?? defaultPlatform]
    const run = new ConformRun(question.value, platforms, options)
    const wrong = run.refusal()
    return wrong === undefined ? { ok: true, value: await run.run(open, first) } : { ok: false, message: wrong }
  } finally {
    await first.close() // a process that is open keeps dmaproof from ending, whatever went wrong
  }
}

class ConformRun {
  private readonly judges: OracleCache
  private readonly source: CaseQueue
  private started = performance.now()
  private readonly kinds = new Map<string, Found>()
  private sequences = 0
  private calls = 0
  private troubled = 0
  private isBroken = false

  constructor(
    private readonly question: TestTarget,
    private readonly platforms: readonly string[],
    private readonly options: ConformOptions,
  ) {
    const { saved = [], seed, runs, length = 30 } = options
    this.judges = new OracleCache(platforms, options.rested)
    this.source = new CaseQueue(question, this.judges, { saved, seed, runs, length })
  }

  /** What is wrong with the platforms, or with what the implementation says of its sizes. */
  refusal(): string | undefined {
    const judge = this.judges.open(testSetupOf(this.question, {}))
    return judge.ok ? undefined : judge.message
  }

  async run(open: OpenTarget, first: Target): Promise<Report> {
    this.started = performance.now() // the lists are made: the time is the implementation's
    const promised = this.question.hello.observes
    const lanes = Array.from(
      { length: this.options.jobs ?? 1 },
      () => new TargetSession(open, this.judges, promised, this.watch),
    )
    const ends = await Promise.allSettled(
      lanes.map((lane, index) => this.orBroken(lane.run(index === 0 ? first : undefined))),
    )
    const dead = ends.map((end) => {
      if (end.status === 'rejected') throw end.reason
      return end.value
    })
    const [why] = dead.filter((one) => one !== undefined)
    return this.report(why === undefined ? this.whyCut() : notOpened(why))
  }

  /** A bug of ours ends one lane: the others close their processes, too, before it is told. */
  private async orBroken<T>(ends: Promise<T>): Promise<T> {
    return ends.catch((error: unknown) => {
      this.isBroken = true
      throw error
    })
  }

  private readonly watch: SessionWatch = {
    take: () => this.source.take(),
    onDivergence: (found, before) => this.note(found, before),
    onTrouble: () => {
      this.troubled += 1
    },
    onShrink: (found, ask) => this.shrink(found, ask),
    onChecked: ({ calls }) => {
      this.sequences += 1
      this.calls += calls.length + 1
      this.options.onProgress?.(this.share())
    },
    stops: () => this.isOver() || this.whyCut() !== undefined,
  }

  private share(): number {
    const { time } = this.options
    const byTime = time === undefined ? 0 : this.seconds() / time
    return Math.min(1, Math.max(byTime, this.sequences / this.source.total))
  }

  private readonly seconds = () => (performance.now() - this.started) / 1000
  private readonly isLate = () => this.options.time !== undefined && this.seconds() > this.options.time

  /** Neither is anything asked then, nor shrunk. */
  private readonly isOver = () => this.isBroken || this.isLate() || this.options.isInterrupted?.() === true

  private whyCut(): string | undefined {
    if (this.options.isInterrupted?.() === true) return 'it was interrupted'
    if (this.kinds.size >= maxKinds) return `there are ${maxKinds} kinds of divergence`
    return this.troubled >= maxTrouble ? `${maxTrouble} processes ended in trouble` : undefined
  }

  /** @returns whether it is the first of its kind */
  private note(divergence: Divergence, before: readonly string[]): boolean {
    const key = kindOf(divergence)
    const known = this.kinds.get(key)
    if (known === undefined) this.kinds.set(key, { divergence, isShrunk: false, shown: 'unknown', before, times: 1 })
    else this.kinds.set(key, { ...known, times: known.times + 1 })
    return known === undefined
  }

  private async shrink(divergence: Divergence, ask: AskOf): Promise<void> {
    const { best, isShrunk, shown } = await confirm(divergence, ask, { ...budget, stops: this.isOver })
    const key = kindOf(divergence)
    const { before, times } = this.kinds.get(key) ?? { before: [], times: 1 }
    const found: Found = { divergence: best, isShrunk, shown, before, times }
    this.kinds.set(key, found)
    this.options.onFound?.(found, this.about())
  }

  private about() {
    const { hello } = this.question
    return { target: hello.name, platforms: this.platforms, observes: hello.observes }
  }

  private report(cut: string | undefined): Report {
    const divergences = [...this.kinds.values()]
    const { sequences, calls } = this
    const { refused } = this.source
    const { files, unsaid } = this.source.litmus
    const { cases, leftOut } = this.source.boundary
    const lists = { boundary: { cases, leftOut }, refused, litmus: { files, unsaid } }
    const counted = { sequences, calls, divergences, ...lists, seconds: this.seconds() }
    const base = { ...this.about(), interface: this.question.interface, ...counted }
    return cut === undefined ? base : { ...base, cut }
  }
}

/** What makes two divergences one kind: the call, what came, and what should have come. */
function kindOf({ sequence, seen, allowed }: Divergence): string {
  const call = sequence.calls.at(-1)
  const flaw = call !== undefined && 'flaw' in call ? call.flaw : ''
  const [wanted] = allowed
  const came = 'kind' in seen ? seen.kind : `${wanted?.field ?? ''} ${seen.outcome} ${seen.result ?? ''}`
  return [call?.call ?? 'reset', flaw, came, wanted?.answer.outcome ?? ''].join(' ')
}
