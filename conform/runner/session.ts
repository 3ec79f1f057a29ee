import { check, type Divergence, type OracleCache, troubled } from '../oracle/check.js'
import type { Observation } from '../protocol/messages.js'
import { requestsOf, type Sequence } from '../protocol/sequence.js'
import {
  type Exchange,
  isTargetFailure,
  type OpenTarget,
  type RequestBody,
  type Target,
  type TargetFailure,
} from '../protocol/target.js'
import { BatchSize } from './batch-size.js'
import type { AskOf } from './confirm.js'

/** Sequences that are told of as asked before a divergence: the last ones. */
const maxBefore = 8

interface Sent {
  readonly sequences: readonly Sequence[]
  readonly to: Target
  readonly exchange: Promise<Exchange>
}

/** What a lane tells, and asks, while it works. */
export interface SessionWatch {
  /** @returns undefined if there are no more */
  readonly take: () => Sequence | undefined
  /**
   * @param before sequences that its process was asked just before, by name
   * @returns whether to shrink it
   */
  readonly onDivergence: (found: Divergence, before: readonly string[]) => boolean
  readonly onShrink: (found: Divergence, ask: AskOf) => Promise<void>
  /** A process is over before its time. */
  readonly onTrouble: () => void
  readonly onChecked: (sequence: Sequence) => void
  readonly stops: () => boolean
}

/**
 * One process of the implementation at a time, and sequences for it: the next batch is on its way while the last one is
 * judged. After trouble a fresh process goes on with what was not judged yet.
 */
export class TargetSession {
  private target: Target | undefined
  private readonly requeued: Sequence[] = []
  private readonly batchSize = new BatchSize()
  /** What each process was asked, by name: the last ones. */
  private readonly recentlySent = new WeakMap<Target, readonly string[]>()
  private dead: TargetFailure | undefined

  constructor(
    private readonly open: OpenTarget,
    private readonly judges: OracleCache,
    private readonly promised: readonly Observation[],
    private readonly watch: SessionWatch,
  ) {}

  /**
   * @param first a target that has been opened already, to begin with
   * @returns why no fresh process could be started, if that ended the lane; its process is closed, whatever happened
   */
  async run(first?: Target): Promise<TargetFailure | undefined> {
    this.target = first
    try {
      await this.work()
    } finally {
      await this.target?.close()
    }
    return this.dead
  }

  private async work(): Promise<void> {
    let sent: Sent | undefined
    for (;;) {
      const next = sent === undefined || this.batchSize.isAhead ? await this.send() : undefined
      if (sent === undefined && next === undefined) break
      const isOver = sent !== undefined && (await this.judge(sent, next))
      if (isOver) this.requeued.push(...(next?.sequences ?? []))
      sent = isOver ? undefined : next
    }
  }

  /** Asks one sequence alone; of a fresh process, which has no past, if need be. */
  private readonly ask: AskOf = async (sequence, isFresh) => {
    if (isFresh) await this.leave()
    const target = await this.ready()
    if (target === undefined) return 'unasked'
    const exchange = await target.ask(requestsOf(sequence))
    if (exchange.trouble !== undefined) this.forget(target)
    return this.check(sequence, exchange)
  }

  private async ready(): Promise<Target | undefined> {
    if (this.target !== undefined || this.dead !== undefined) return this.target
    const opened = await this.open()
    if (isTargetFailure(opened)) this.dead = opened
    else this.target = opened
    return this.target
  }

  private async leave(): Promise<void> {
    await this.target?.close()
    this.target = undefined
  }

  private forget(target: Target): void {
    if (this.target === target) this.target = undefined
  }

  private async send(): Promise<Sent | undefined> {
    if (this.watch.stops()) return undefined
    const sequences: Sequence[] = []
    const requests: RequestBody[] = []
    while (this.batchSize.hasRoom(sequences.length, requests.length)) {
      const next = this.requeued.shift() ?? this.watch.take()
      if (next === undefined) break
      sequences.push(next)
      requests.push(...requestsOf(next))
    }
    if (sequences.length === 0) return undefined
    const to = await this.ready()
    return to && { sequences, to, exchange: this.batchSize.time(requests.length, to.ask(requests)) }
  }

  /**
   * @param next the batch behind it
   * @returns whether the process is over, and the next batch has to be sent again
   */
  private async judge({ sequences, to, exchange }: Sent, next: Sent | undefined): Promise<boolean> {
    const { replies, trouble } = await exchange
    const found: Divergence[] = []
    let from = 0
    for (const [index, sequence] of sequences.entries()) {
      const end = from + sequence.calls.length + 1
      const isCut = end > replies.length && trouble !== undefined
      const heard = { replies: replies.slice(from, end), ...(isCut ? { trouble } : {}) }
      const before = this.recentlySent.get(to) ?? []
      found.push(...this.divergences(sequence, heard).filter((one) => this.watch.onDivergence(one, before)))
      this.recentlySent.set(to, [...before, sequence.from].slice(-maxBefore))
      this.watch.onChecked(sequence)
      from = end
      if (!isCut) continue
      this.requeued.push(...sequences.slice(index + 1))
      break
    }
    if (trouble !== undefined) {
      this.watch.onTrouble()
      this.forget(to)
    }
    for (const divergence of found) await this.shrink(divergence, next)
    return trouble !== undefined
  }

  /** What is wrong with the replies; a death behind a wrong one is told beside it. */
  private divergences(sequence: Sequence, heard: Exchange): Divergence[] {
    const { replies, trouble } = heard
    const first = this.check(sequence, heard)
    if (first === undefined) return []
    return trouble === undefined || 'kind' in first.seen ? [first] : [first, troubled(sequence, replies, trouble)]
  }

  /** The next batch is under way on the same process: its replies come first. */
  private async shrink(divergence: Divergence, next: Sent | undefined): Promise<void> {
    if (next !== undefined && (await next.exchange).trouble !== undefined) this.forget(next.to)
    await this.watch.onShrink(divergence, this.ask)
  }

  private check(sequence: Sequence, { replies, trouble }: Exchange): Divergence | undefined {
    const judge = this.judges.open(sequence.setting)
    if (!judge.ok) throw new Error(judge.message)
    const { promised } = this
    return check(judge.value, sequence, { answers: replies, promised, ...(trouble === undefined ? {} : { trouble }) })
  }
}
