import { type Counts, type Fates, noCounts } from './dma-fates.js'
import type { DesignRun } from './run.js'

/**
 * What several runs of one design on one implementation counted, as one: the first divergence is kept.
 *
 * @returns undefined if there are none
 */
export function joinRuns([first, ...others]: readonly DesignRun[]): DesignRun | undefined {
  if (first === undefined) return undefined
  const all = [first, ...others]
  const sum = (of: (run: DesignRun) => number) => all.reduce((total, run) => total + of(run), 0)
  const divergence = all.map((run) => run.divergence).find((one) => one !== undefined)
  const cut = all.map((run) => run.cut).find((one) => one !== undefined)
  const { divergence: _, cut: __, ...rest } = first
  return {
    ...rest,
    runs: sum(({ runs }) => runs),
    counts: joinCounts(all.map(({ counts }) => counts)),
    control: joinCounts(all.map(({ control }) => control)),
    replies: sum(({ replies }) => replies),
    seconds: sum(({ seconds }) => seconds),
    ...(divergence === undefined ? {} : { divergence }),
    ...(cut === undefined ? {} : { cut }),
  }
}

function joinCounts(all: readonly Counts[]): Counts {
  const total = noCounts()
  for (const { dma, race, lostBehind, ...numbers } of all) {
    for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) total[name] += numbers[name]
    addFates(total.dma, dma)
    addFates(total.race, race)
    for (const [moment, count] of Object.entries(lostBehind) as [keyof Counts['lostBehind'], number][])
      total.lostBehind[moment] = (total.lostBehind[moment] ?? 0) + count
  }
  return total
}

function addFates<Name extends string>(
  total: Readonly<Record<Name, Fates>>,
  more: Readonly<Record<Name, Fates>>,
): void {
  for (const name of Object.keys(more) as Name[]) {
    total[name].arrived += more[name].arrived
    total[name].blocked += more[name].blocked
    total[name].elsewhere += more[name].elsewhere
  }
}
