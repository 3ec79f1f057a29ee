import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { processIo } from '../../cli/terminal/io.js'
import { makeProgress } from '../../cli/terminal/progress.js'

/** A part of the benchmark, whose lines are printed together. */
export interface BenchSection {
  readonly name: string
  readonly lines: () => readonly string[] | Promise<readonly string[]>
}

/** Seconds that each section took the last time it ran in this folder, by its name. */
type Times = Readonly<Record<string, number>>
const timesPath = join('.dmaproof', 'bench-times.json')

function lastTimes(): Times {
  try {
    return JSON.parse(readFileSync(timesPath, 'utf8')) as Times
  } catch {
    return {}
  }
}

/** The share of a run that its first sections are, by their times; undefined while one of all was never timed. */
export function shareDone(
  sections: readonly Pick<BenchSection, 'name'>[],
  done: number,
  times: Times,
): number | undefined {
  const seconds = sections.map(({ name }) => times[name] ?? Number.NaN)
  const sum = (some: readonly number[]) => some.reduce((total, one) => total + one, 0)
  const share = sum(seconds.slice(0, done)) / sum(seconds)
  return Number.isNaN(share) ? undefined : share
}

/** Prints all sections, with the time that is left on a terminal as soon as each was timed once in this folder. */
export async function printAll(sections: readonly BenchSection[]): Promise<void> {
  const progress = makeProgress(processIo(), 'bench')
  const before = lastTimes()
  let times = before
  try {
    for (const [index, { name, lines }] of sections.entries()) {
      const begun = performance.now()
      const said = await lines()
      progress.beside(() => {
        for (const line of said) console.log(line)
      })
      times = { ...times, [name]: (performance.now() - begun) / 1000 }
      mkdirSync(dirname(timesPath), { recursive: true })
      writeFileSync(timesPath, JSON.stringify(times))
      const share = shareDone(sections, index + 1, before)
      if (share !== undefined) progress.show(share)
    }
  } finally {
    progress.stop()
  }
}
