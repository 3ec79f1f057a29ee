import { ok, type Result, refuse } from '../base/result.js'
import { scopeTable } from '../model/machine/scope.js'
import type { Catalogue } from '../search/catalogue/catalogue.js'
import { allEvidence } from './computed.js'
import { type CostCounters, zeroCounters } from './counters.js'
import { fanOut } from './footprint.js'
import { type Cost, type CostQuestion, measure } from './measure.js'
import type { CostParameters } from './parameters.js'
import type { Workload } from './workload.js'
import { gib } from './workloads.js'

/** Pages of the largest guest that the model holds. */
export const maxMeasuredPages = scopeTable.pages.max

/** Pages of the largest guest that is extrapolated: 1 TiB. */
export const maxExtrapolatedPages = 1024 * gib

/** Pages (4 KiB) of a guest that holds every page that the workload names, rounded up to whole GiB. */
export function pagesNeeded({ steps }: Workload): number {
  let end = 1
  for (const { gfn, count } of steps()) end = Math.max(end, gfn + count)
  return Math.ceil(end / gib) * gib
}

/** Directory entries below one entry of the level above: a page of that level leads to 512 GiB. */
const perPointer = fanOut * gib

/**
 * A cost of a guest that is larger than the model holds. The workload is run in three guests, each 1 GiB larger than
 * the one before it: what a run counts grows by the same from each to the next, or the cost is refused. The one count
 * that no line holds is the third level of tables, a page for each 512 GiB that the second level leads to.
 */
export function extrapolate(question: CostQuestion, given: CostParameters, catalogue: Catalogue): Result<Cost> {
  const base = pagesNeeded(question.workload)
  const runs: Cost[] = []
  for (const pages of [base, base + gib, base + 2 * gib]) {
    const run = measure({ ...question, pages }, given, catalogue)
    if (!run.ok) return run
    runs.push(run.value)
  }
  const [first, second, third] = runs
  if (first === undefined || second === undefined || third === undefined) return refuse('no runs')
  const steps = (question.pages - base) / gib
  const counters = zeroCounters()
  for (const key of Object.keys(counters) as (keyof CostCounters)[]) {
    const slope = second.counters[key] - first.counters[key]
    if (third.counters[key] - second.counters[key] !== slope) {
      return refuse(`${question.design} ${question.driver}: ${key} does not grow evenly with the guest`)
    }
    counters[key] = first.counters[key] + slope * steps
  }
  if (second.counters.tables > first.counters.tables) counters.tables += Math.ceil(question.pages / perPointer) - 1
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0)
  const evidence = allEvidence(runs.map(({ computedFrom }) => computedFrom))
  return ok({
    ...first,
    question,
    counters,
    seconds,
    extrapolatedFrom: [base, base + gib, base + 2 * gib],
    ...(evidence === undefined ? {} : { computedFrom: evidence }),
  })
}

/** Runs a workload, or extrapolates where the guest is larger than the model holds. */
export function costOf(question: CostQuestion, given: CostParameters, catalogue: Catalogue): Result<Cost> {
  const needed = pagesNeeded(question.workload)
  if (question.pages < needed) {
    return refuse(`${question.workload.name}: needs a guest of ${needed} pages at least, found ${question.pages}`)
  }
  return question.pages <= maxMeasuredPages
    ? measure(question, given, catalogue)
    : extrapolate(question, given, catalogue)
}
