/** The middle of some figures; of an even number, the lower one. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN
}

/** Runs a piece of work some times and takes the middle of what it says. */
export function repeated(times: number, work: (round: number) => number): number {
  return median(Array.from({ length: times }, (_, round) => work(round)))
}

/** How many per second. @param since begin of the measurement, a `performance.now()` in milliseconds */
export const perSecond = (count: number, since: number): number => (count / (performance.now() - since)) * 1000

/** `1,234,567` */
export const figure = (value: number): string => Math.round(value).toLocaleString('en-US')
