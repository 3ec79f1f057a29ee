import { must } from '../../base/result.js'
import type { CaseQueue, Turns } from '../cases/case-queue.js'
import { check, type Divergence, type OracleCache, withFailure } from '../oracle/check.js'
import { askUntil, type Sequence } from '../protocol/sequence.js'
import type { TestTarget } from '../protocol/setting.js'
import { type Exchange, type OpenTarget, startFailureText, type Target } from '../protocol/target.js'
import { confirm, type FirstOfKind } from './confirm.js'
import type { ConformOptions } from './options.js'
import { type BlockReport, DivergenceKinds, type FoundAt, type Report, type ReportSubject } from './report.js'
import { type Exchanged, type SentBatch, TargetSession } from './session.js'

/** What shrinking one divergence may cost. */
const budget = { tries: 1000, seconds: 60 }
/** Kinds of divergence after which a run ends. */
const maxKinds = 8
/** Processes that may fail before the run ends: each costs a start, or the time limit. */
const maxFailures = 10

/** What the runs over the blocks of one list share. */
export interface Tested {
  readonly open: OpenTarget
  readonly testTarget: TestTarget
  readonly platforms: readonly string[]
  readonly oracles: OracleCache
  readonly queue: CaseQueue
}

/** Asks the sequences of one block, and judges the replies. */
export class BlockRun {
  private started = performance.now()
  private readonly kinds = new DivergenceKinds()
  private first: FoundAt | undefined
  private sequences = 0
  private calls = 0
  private failures = 0
  private isBroken = false

  constructor(
    private readonly tested: Tested,
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
      for (const divergence of found) await this.shrink(divergence, session)
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
    const first = divergences.filter((divergence) => this.kinds.add(divergence, before()))
    this.sequences += 1
    this.calls += sequence.calls.length + 1
    this.options.onProgress?.(this.share())
    for (const { sequence: one } of first) this.note(one.from)
    return first.map((divergence) => ({ divergence, before: before() }))
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
