/** The time of a suite, shared out among tests that have not begun. It counts from the first. */
export class Budget {
  private began: number | undefined

  /**
   * @param seconds Infinity for no bound
   * @param tests that share it
   */
  constructor(
    private readonly seconds: number,
    private tests: number,
  ) {}

  /** Seconds for the next tests. @param count of them that are answered together */
  take(count = 1): number {
    this.began ??= performance.now()
    const left = Math.max(0, this.seconds - (performance.now() - this.began) / 1000)
    const share =
      this.seconds === Number.POSITIVE_INFINITY ? this.seconds : (left * count) / Math.max(count, this.tests)
    this.tests -= count
    return share
  }
}
