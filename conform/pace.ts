/** Sequences that are sent together at the most: enough that no side waits for the other. */
const most = 16
/** Milliseconds that what is sent together takes, about: a run is over so long after its time, or ^C. */
const together = 500

/**
 * How much an implementation is sent at once: one sequence until it is known how long it takes for one, and nothing
 * ahead of the replies to a slow one, for which nobody has to wait idly.
 */
export class Pace {
  /** Milliseconds a sequence; undefined before the first. */
  private each: number | undefined
  private last = 0

  get batch(): number {
    if (this.each === undefined) return 1
    return Math.max(1, Math.min(most, Math.floor(together / Math.max(this.each, 1))))
  }

  /** Whether the next batch goes out before the last one is judged. */
  get isAhead(): boolean {
    return this.batch > 1
  }

  /** Takes the time of what was just sent. */
  async time<T>(sequences: number, exchange: Promise<T>): Promise<T> {
    const sent = performance.now()
    const done = await exchange
    const now = performance.now()
    this.each = (now - Math.max(sent, this.last)) / sequences
    this.last = now
    return done
  }
}
