/** Sequences of a batch, at most: enough that neither side waits for the other. */
const maxSequences = 16
/** Milliseconds that a batch should take: a run ends this long after its time limit, or after ^C. */
const batchMilliseconds = 500
/** Requests of a typical sequence. */
const typicalRequests = 32

/**
 * Adapts the size of a batch to the target: one sequence until the time of a request is known, then as many as take
 * about half a second. A slow target is sent nothing ahead of its replies.
 */
export class BatchSize {
  /** Milliseconds per request; undefined before the first batch. */
  private perRequest: number | undefined
  private last = 0

  /** Whether the next batch is sent before the replies to the last one are checked. */
  get isAhead(): boolean {
    return this.perRequest !== undefined && this.perRequest * typicalRequests < batchMilliseconds
  }

  /** Whether a batch of this many sequences and requests has room for one more sequence. */
  hasRoom(sequences: number, requests: number): boolean {
    if (sequences === 0) return true
    return this.perRequest !== undefined && sequences < maxSequences && this.perRequest * requests < batchMilliseconds
  }

  /** Measures the time of a batch that was just sent. */
  async time<T>(requests: number, exchange: Promise<T>): Promise<T> {
    const sent = performance.now()
    const done = await exchange
    const now = performance.now()
    this.perRequest = (now - Math.max(sent, this.last)) / requests
    this.last = now
    return done
  }
}
