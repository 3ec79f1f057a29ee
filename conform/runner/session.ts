import { type Result, refuse } from '../../base/result.js'
import type { Hello } from '../protocol/messages.js'
import { requestsOf, type Sequence } from '../protocol/sequence.js'
import {
  type Exchange,
  isTargetFailure,
  type OpenTarget,
  type RequestBody,
  startFailureText,
  type Target,
  type TargetFailure,
} from '../protocol/target.js'
import { BatchSize } from './batch-size.js'

/** Sequences that are kept as asked before a divergence: the last ones. */
const maxBefore = 256

/** A sequence that a process was asked, with its replies; and with the process's failure, if that ended them. */
export interface Exchanged extends Exchange {
  readonly sequence: Sequence
  /** Sequences that the same process was asked just before; a new list at each call. */
  readonly before: () => readonly Sequence[]
}

export interface BatchResult {
  readonly exchanged: readonly Exchanged[]
  /** Sequences that the process did not come to: another process has to be asked. */
  readonly unasked: readonly Sequence[]
  /** Whether the process failed during this batch. */
  readonly hasFailed: boolean
}

/** A batch that was sent. More can be sent before its replies are here. */
export interface SentBatch {
  readonly result: Promise<BatchResult>
}

/** A running process, and what it was asked. */
interface Running {
  readonly target: Target
  readonly history: History
  hasFailed: boolean
}

/** The last sequences that a process was asked, without the replies that were predicted for them. */
class History {
  private list: Sequence[] = []

  add({ only: _, ...sequence }: Sequence): void {
    if (this.list.length === 2 * maxBefore) this.list = this.list.slice(-maxBefore)
    this.list.push(sequence)
  }

  /** @returns what gives the sequences of this moment */
  now(): () => readonly Sequence[] {
    const { list } = this
    const end = list.length
    return () => list.slice(Math.max(0, end - maxBefore), end)
  }
}

/**
 * Starts a target for as long as it is used: its process is closed whatever breaks, for one that is open keeps this
 * program from ending.
 *
 * @returns what `use` returns; or why no process could be started
 */
export async function withSession<T>(
  open: OpenTarget,
  use: (session: TargetSession, hello: Hello) => Promise<Result<T>>,
): Promise<Result<T>> {
  const first = await open()
  if (isTargetFailure(first)) return refuse(startFailureText(first))
  const session = new TargetSession(open, first)
  try {
    return await use(session, first.hello)
  } finally {
    await session.close()
  }
}

/**
 * Owns the process of a target: one at a time, started when there is something to ask, replaced after a failure, closed
 * by `close`. No other code asks it; `conform` starts the first one to read its hello, and hands it over.
 */
export class TargetSession {
  readonly batchSize = new BatchSize()
  private running: Running | undefined
  /** Resolves when no reply to a batch is outstanding. */
  private idle: Promise<unknown> = Promise.resolve()
  private failure: TargetFailure | undefined

  /** @param first a process that is running already, to begin with */
  constructor(
    private readonly open: OpenTarget,
    first?: Target,
  ) {
    if (first !== undefined) this.running = runningOf(first)
  }

  /** Why no process could be started; after that the session asks nothing more. */
  get startFailure(): TargetFailure | undefined {
    return this.failure
  }

  /**
   * Sends sequences together.
   *
   * @returns once they are sent; undefined if no process could be started
   */
  async exchange(batch: readonly Sequence[]): Promise<SentBatch | undefined> {
    const running = await this.start()
    if (running === undefined) return undefined
    const requests = batch.flatMap(requestsOf)
    const exchange = this.batchSize.time(requests.length, running.target.ask(requests))
    const result = exchange.then((replies) => this.receive(running, batch, replies))
    this.idle = result.catch(() => undefined) // who awaits the result hears of its error
    return { result }
  }

  /**
   * Asks one sequence, after the replies to all batches.
   *
   * @param isFresh asks a new process, which was asked nothing before
   * @returns undefined if no process could be started
   */
  async askAlone(sequence: Sequence, isFresh: boolean): Promise<Exchange | undefined> {
    await this.idle
    if (isFresh) await this.close()
    const exchange = await this.ask(requestsOf(sequence))
    return this.failure === undefined ? exchange : undefined
  }

  /** Asks requests, after the replies to all batches; the failure of a process that could not be started is its own. */
  async ask(requests: readonly RequestBody[]): Promise<Exchange> {
    await this.idle
    const running = await this.start()
    if (running === undefined) return { replies: [], ...(this.failure && { failure: this.failure }) }
    const exchange = await running.target.ask(requests)
    if (exchange.failure !== undefined) this.drop(running)
    return exchange
  }

  /** Ends the process, if one is running. */
  async close(): Promise<void> {
    const running = this.running
    this.running = undefined
    await running?.target.close()
  }

  private async start(): Promise<Running | undefined> {
    if (this.running !== undefined || this.failure !== undefined) return this.running
    const opened = await this.open()
    if (isTargetFailure(opened)) this.failure = opened
    else this.running = runningOf(opened)
    return this.running
  }

  /** A process that has failed ends by itself. */
  private drop(running: Running): void {
    running.hasFailed = true
    if (this.running === running) this.running = undefined
  }

  /** Splits the replies to a batch by sequence, up to the one in which the process failed. */
  private receive(running: Running, batch: readonly Sequence[], { replies, failure }: Exchange): BatchResult {
    if (running.hasFailed) return { exchanged: [], unasked: batch, hasFailed: false }
    if (failure !== undefined) this.drop(running)
    const exchanged: Exchanged[] = []
    let from = 0
    for (const sequence of batch) {
      const end = from + requestsOf(sequence).length
      const isCut = end > replies.length && failure !== undefined
      const own = { sequence, before: running.history.now(), replies: replies.slice(from, end) }
      exchanged.push(isCut ? { ...own, failure } : own)
      running.history.add(sequence)
      from = end
      if (isCut) break
    }
    return { exchanged, unasked: batch.slice(exchanged.length), hasFailed: failure !== undefined }
  }
}

const runningOf = (target: Target): Running => ({ target, history: new History(), hasFailed: false })
