import { must, ok, type Result, refuse } from '../../base/result.js'
import { type Block, CaseQueue, type Turns } from '../cases/case-queue.js'
import { check, type Divergence, OracleCache, withFailure } from '../oracle/check.js'
import type { EvidenceSets } from '../oracle/rule-evidence.js'
import type { InterfaceName } from '../protocol/messages.js'
import { askUntil, type Sequence } from '../protocol/sequence.js'
import { type BesideName, type TestTarget, testSetupOf, testTargetOf } from '../protocol/setting.js'
import { type Exchange, isTargetFailure, type OpenTarget, startFailureText, type Target } from '../protocol/target.js'
import { confirm, type FirstOfKind } from './confirm.js'
import { type BlockReport, DivergenceKinds, type Found, type FoundAt, type Report, type ReportSubject } from './report.js'
import { type Exchanged, type SentBatch, TargetSession } from './session.js'

/**
 * What is asked, how long, and against which platforms.
 *
 * @example
 * const options: ConformOptions = { interface: 'page-table', runs: 1000, seed: 1, platforms: ['linux-6.12'] }
 */
export interface ConformOptions {
  readonly interface: InterfaceName | 'kvm'
  /** For `kvm`: the container's interface beside it; by default the first of `kvmBeside` that is offered. */
  readonly beside?: BesideName
  /** Platforms that the target may be; by default what its hello says, else `linux-7.2`. */
  readonly platforms?: readonly string[]
  /** Random sequences, at most. */
  readonly runs: number
  /** Seconds after which nothing new is sent. */
  readonly time?: number
  readonly seed: number
  /** Calls of a random sequence; 30 by default. */
  readonly length?: number
  /** Processes at a time. */
  readonly jobs?: number
  readonly saved?: readonly Sequence[]
  /** Collects the rules behind right replies. */
  readonly ruleEvidence?: EvidenceSets
  readonly onProgress?: (share: number) => void
  /** Called with the first divergence of each kind, before it is shrunk. */
  readonly onDivergence?: (when: FoundAt) => void
  /** Called with each kind of divergence once, as soon as it has been shrunk. */
  readonly onFound?: (found: Found, subject: ReportSubject) => void
  readonly isInterrupted?: () => boolean
}

/** What shrinking one divergence may cost. */
const budget = { tries: 1000, seconds: 60 }
/** Kinds of divergence after which a run ends. */
const maxKinds = 8
/** Processes that may fail before the run ends: each costs a start, or the time limit. */
const maxFailures = 10
const defaultPlatform = 'linux-7.2'

/**
 * Checks a target against the model: saved sequences first, then the fixed list, litmus tests, and random sequences.
 *
 * @returns what was found; or why nothing could be asked at all
 *
 * @example
 * const report = await conform(objectTarget(() => new MyTable()), { interface: 'page-table', runs: 1000, seed: 1 })
 */
export async function conform(open: OpenTarget, options: ConformOptions): Promise<Result<Report>> {
  const opened = await openConformance(open, options)
  return opened.ok ? ok((await opened.value.ask()).report) : opened
}

/** Starts a target and makes the list of what it is to be asked. Who does not ask it closes it. */
export async function openConformance(open: OpenTarget, options: ConformOptions): Promise<Result<Conformance>> {
  const first = await open()
  if (isTargetFailure(first)) return refuse(startFailureText(first))
  const made = conformanceOf(open, first, options)
  if (!made.ok) await first.close() // a process that is open keeps dmaproof from ending, whatever went wrong
  return made
}

function conformanceOf(open: OpenTarget, first: Target, options: ConformOptions): Result<Conformance> {
  const testTarget = testTargetOf(first.hello, options.interface, options.beside)
  if (!testTarget.ok) return testTarget
  const platforms = options.platforms ?? [first.hello.platform ?? defaultPlatform]
  const oracles = new OracleCache(platforms, options.ruleEvidence)
  // the platforms may be wrong, or the sizes in the target's hello
  const ready = oracles.open(testSetupOf(testTarget.value, {}))
  if (!ready.ok) return ready
  const { saved = [], seed, runs, length = 30 } = options
  const queue = new CaseQueue(testTarget.value, oracles, { saved, seed, runs, length })
  return ok(new Conformance({ open, testTarget: testTarget.value, platforms, oracles, queue }, first, options))
}

/** What bounds a block, and who hears of it. */
type Watch = Pick<ConformOptions, 'time' | 'onProgress' | 'onDivergence' | 'isInterrupted'>

/** What the runs over the blocks of one list share. */
interface Subject {
  readonly open: OpenTarget
  readonly testTarget: TestTarget
  readonly platforms: readonly string[]
  readonly oracles: OracleCache
  readonly queue: CaseQueue
}

/** A target that has said hello, and the list of sequences that it is to be asked, whole or in blocks. */
export class Conformance {
  /** The process that said hello, until something is asked of it. */
  private first: Target | undefined

  constructor(
    private readonly subject: Subject,
    first: Target,
    private readonly options: ConformOptions,
  ) {
    this.first = first
  }

  /** What is tested, and as what. */
  get testTarget(): TestTarget {
    return this.subject.testTarget
  }

  get platforms(): readonly string[] {
    return this.subject.platforms
  }

  /** How many sequences the list has; those up to `fixed` are not random. */
  get list(): { readonly total: number; readonly fixed: number } {
    return this.subject.queue
  }

  /**
   * Asks all sequences, or those of a block, of processes that were asked nothing before.
   *
   * @param watch in the place of the same options
   */
  async ask(block?: Block, watch: Watch = {}): Promise<BlockReport> {
    const { first } = this
    this.first = undefined
    try {
      const options = { ...this.options, ...watch }
      return await new ConformRun(this.subject, this.subject.queue.turns(block), options).run(first)
    } finally {
      await first?.close()
    }
  }

  /** Ends the process that said hello, if it was asked nothing. */
  async close(): Promise<void> {
    await this.first?.close()
    this.first = undefined
  }
}

class ConformRun {
  private started = performance.now()
  private readonly kinds = new DivergenceKinds()
  private first: FoundAt | undefined
  private sequences = 0
  private calls = 0
  private failures = 0
  private isBroken = false

  constructor(
    private readonly tested: Subject,
    private readonly turns: Turns,
    private readonly options: ConformOptions,
  ) {}

  async run(first: Target | undefined): Promise<BlockReport> {
    this.started = performance.now() // the lists are made: from here on the target is measured
    const sessions = Array.from(
      { length: this.options.jobs ?? 1 },
      (_, index) => new TargetSession(this.tested.open, index === 0 ? first : undefined),
    )
    const ends = await Promise.allSettled(sessions.map((session) => this.drive(session)))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    const failure = sessions.map(({ startFailure }) => startFailure).find((one) => one !== undefined)
    const cut = failure === undefined ? this.whyCut() : startFailureText(failure)
    const ended = failure === undefined ? this.ended() : 'open'
    return { report: this.report(cut), met: this.kinds.met, ended }
  }

  private ended(): BlockReport['ended'] {
    if (this.isOver()) return 'open'
    if (this.whyGivenUp() !== undefined) return 'given up'
    return this.sequences === this.turns.total ? 'whole' : 'open'
  }

  /** Drives one session, and closes its process whatever breaks; an error makes the other sessions end as well. */
  private async drive(session: TargetSession): Promise<void> {
    try {
      await this.exchangeAll(session)
    } catch (error) {
      this.isBroken = true
      throw error
    } finally {
      await session.close()
    }
  }

  /** Takes sequences, exchanges them, checks the replies, shrinks and records divergences. */
  private async exchangeAll(session: TargetSession): Promise<void> {
    const requeued: Sequence[] = []
    let sent = await this.send(session, requeued)
    while (sent !== undefined) {
      // The next batch is on its way while this one is checked.
      const next = session.batchSize.isAhead ? await this.send(session, requeued) : undefined
      const { exchanged, unasked, hasFailed } = await sent.result
      const found = exchanged.flatMap((one) => this.check(one))
      requeued.push(...unasked)
      if (hasFailed) this.failures += 1
      for (const one of found) await this.shrink(one, session)
      if (hasFailed && next !== undefined) requeued.push(...(await next.result).unasked)
      sent = (hasFailed ? undefined : next) ?? (await this.send(session, requeued))
    }
  }

  private async send(session: TargetSession, requeued: Sequence[]): Promise<SentBatch | undefined> {
    if (this.isOver() || this.whyCut() !== undefined) return undefined
    const batch: Sequence[] = []
    let requests = 0
    while (session.batchSize.hasRoom(batch.length, requests)) {
      const next = requeued.shift() ?? this.turns.take()
      if (next === undefined) break
      batch.push(next)
      requests += next.calls.length + 1
    }
    return batch.length === 0 ? undefined : session.exchange(batch)
  }

  /** @returns divergences that are the first of their kind */
  private check({ sequence, before, ...exchange }: Exchanged): FirstOfKind[] {
    const divergences = this.divergencesIn(sequence, exchange)
    const first = divergences.filter((divergence) => this.kinds.add(divergence, before))
    this.sequences += 1
    this.calls += sequence.calls.length + 1
    this.options.onProgress?.(this.share())
    for (const { sequence: one } of first) this.note(one.from)
    return first.map((divergence) => ({ divergence, before }))
  }

  private note(from: string): void {
    const found = { seconds: this.seconds(), sequences: this.sequences, from }
    this.first ??= found
    this.options.onDivergence?.(found)
  }

  /** A failure of the target after a wrong reply is a divergence of its own. */
  private divergencesIn(sequence: Sequence, exchange: Exchange): Divergence[] {
    const { replies, failure } = exchange
    const divergence = this.divergenceIn(sequence, exchange)
    if (divergence === undefined) return []
    const isWrongReply = !('kind' in divergence.seen)
    return failure !== undefined && isWrongReply ? [divergence, withFailure(sequence, replies, failure)] : [divergence]
  }

  private divergenceIn(sequence: Sequence, { replies: answers, failure }: Exchange): Divergence | undefined {
    const oracle = must(this.tested.oracles.open(sequence.setting))
    const promised = this.tested.testTarget.hello.observes
    return check(oracle, sequence, { answers, promised, ...(failure === undefined ? {} : { failure }) })
  }

  private async shrink({ divergence, before }: FirstOfKind, session: TargetSession): Promise<void> {
    const once = async (sequence: Sequence, isFresh: boolean) => {
      const exchange = await session.askAlone(sequence, isFresh)
      return exchange === undefined ? 'unasked' : this.divergenceIn(sequence, exchange)
    }
    const ask = (sequence: Sequence, isFresh: boolean) =>
      askUntil(
        sequence,
        () => once(sequence, isFresh),
        (seen) => seen !== undefined,
      )
    const { best, isShrunk, reproduces } = await confirm({ divergence, before }, ask, { ...budget, stops: this.isOver })
    const found = this.kinds.replace(divergence, { divergence: best, isShrunk, reproduces })
    if (found !== undefined) this.options.onFound?.(found, this.subject())
  }

  private share(): number {
    const { time } = this.options
    const byTime = time === undefined ? 0 : this.seconds() / time
    return Math.min(1, Math.max(byTime, this.sequences / this.turns.total))
  }

  private readonly seconds = () => (performance.now() - this.started) / 1000
  private readonly isLate = () => this.options.time !== undefined && this.seconds() > this.options.time

  /** After that nothing is asked, and nothing is shrunk. */
  private readonly isOver = () => this.isBroken || this.isLate() || this.options.isInterrupted?.() === true

  private whyCut(): string | undefined {
    return this.options.isInterrupted?.() === true ? 'it was interrupted' : this.whyGivenUp()
  }

  private whyGivenUp(): string | undefined {
    if (this.kinds.size >= maxKinds) return `there are ${maxKinds} kinds of divergence`
    return this.failures >= maxFailures ? `${maxFailures} processes failed` : undefined
  }

  private subject(): ReportSubject {
    const { testTarget, platforms } = this.tested
    return { target: testTarget.hello.name, platforms, observes: testTarget.hello.observes }
  }

  private report(cut: string | undefined): Report {
    const { sequences, calls } = this
    const { refused, litmus, boundary } = this.tested.queue
    return {
      ...this.subject(),
      interface: this.tested.testTarget.interface,
      sequences,
      calls,
      divergences: this.kinds.all,
      boundary: { cases: boundary.cases, leftOut: boundary.leftOut },
      refused,
      litmus: { files: litmus.files, unsaid: litmus.unsaid },
      seconds: this.seconds(),
      ...(this.first && { first: this.first }),
      ...(cut === undefined ? {} : { cut }),
    }
  }
}
