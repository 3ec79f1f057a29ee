import { median } from '../measure.js'

/**
 * How much faster two worker threads are than one, beside how much more two searches of one thread each get done at
 * once than one alone: more than that the machine does not have for two threads. Measured in turns, after a round
 * that is not counted, in which both threads compile their code.
 *
 * @param timed searches by so many threads, and returns the seconds that it took
 */
export async function twoWorkers(
  name: string,
  timed: (threads: number) => Promise<number>,
  rounds: number,
): Promise<string> {
  const faster: number[] = []
  const atOnce: number[] = []
  await timed(2)
  for (let round = 0; round < rounds; round += 1) {
    const alone = await timed(1)
    faster.push(alone / (await timed(2)))
    atOnce.push((2 * alone) / Math.max(...(await Promise.all([timed(1), timed(1)]))))
  }
  return (
    `${name}: 2 workers are ${median(faster).toFixed(2)} (${rangeOf(faster)}) times as fast as 1; ` +
    `two searches at once do ${median(atOnce).toFixed(2)} (${rangeOf(atOnce)}) times as much as one`
  )
}

const rangeOf = (ratios: readonly number[]): string =>
  `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
