/** Sequences that are sent together at the most: enough that no side waits for the other. */
const most = 16
/** Milliseconds that what is sent together takes, about: a run is over so long after its time, or ^C. */
const together = 500
/** Requests of a sequence, about. */
const usual = 32

/**
 * How much an implementation is sent at once: one sequence until it is known how long it takes for a request, and
 * nothing ahead of the replies to a slow one, for which nobody has to wait idly.
 */
export class BatchSize {
  /** Milliseconds a request; undefined before the first. */
  private each: number | undefined
  private last = 0

  /** Whether the next batch goes out before the last one is judged. */
  get isAhead(): boolean {
    return this.each !== undefined && this.each * usual < together
  }

  /** Whether one more sequence goes with those that have so many requests. */
  hasRoom(sequences: number, requests: number): boolean {
    if (sequences === 0) return true
    return this.each !== undefined && sequences < most && this.each * requests < together
  }

  /** Takes the time of what was just sent. */
  async time<T>(requests: number, exchange: Promise<T>): Promise<T> {
    const sent = performance.now()
    const done = await exchange
    const now = performance.now()
    this.each = (now - Math.max(sent, this.last)) / requests
    this.last = now
    return done
  }
}
