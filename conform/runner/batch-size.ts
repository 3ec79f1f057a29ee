/** Sequences of a batch, at most: enough that neither side waits for the other. */
const most = 16
/** Milliseconds that a batch should take: a run ends this long after its time limit, or after ^C. */
const together = 500
/** Requests of a typical sequence. */
const usual = 32

/**
 * Adapts the size of a batch to the target: one sequence until the time of a request is known, then as many as take
 * about half a second. A slow target is sent nothing ahead of its replies.
 */
export class BatchSize {
  /** Milliseconds per request; undefined before the first batch. */
  private each: number | undefined
  private last = 0

  /** Whether the next batch is sent before the replies to the last one are checked. */
  get isAhead(): boolean {
    return this.each !== undefined && this.each * usual < together
  }

  /** Whether a batch of this many sequences and requests has room for one more sequence. */
  hasRoom(sequences: number, requests: number): boolean {
    if (sequences === 0) return true
    return this.each !== undefined && sequences < most && this.each * requests < together
  }

  /** Measures the time of a batch that was just sent. */
  async time<T>(requests: number, exchange: Promise<T>): Promise<T> {
    const sent = performance.now()
    const done = await exchange
    const now = performance.now()
    this.each = (now - Math.max(sent, this.last)) / requests
    this.last = now
    return done
  }
}
