import { isDeepStrictEqual } from 'node:util'
import { ok, type Result, refuse } from '../../base/result.js'
import type { Verdict, VerdictName } from '../verdict.js'
import type { Cell, CellPlan } from './cell.js'
import { betterReport, reportsContradict } from './report.js'
import { type CellResult, type Findings, type ResultFolder, whatOf } from './results.js'

/**
 * Two answers to one question of which at most one can be right: a bug of dmaproof; or, of a cell that asks an
 * implementation, one that does not answer alike each time.
 */
export interface Contradiction {
  readonly cell: Cell
  /** The property; of a cell without verdicts, `the answer`. */
  readonly property: string
  /** The files of both. */
  readonly paths: readonly [string, string]
}

export interface Merged {
  readonly plan: CellPlan
  /** By cell, in the order of the plan; undefined where no folder has a result. */
  readonly findings: readonly (Findings | undefined)[]
  readonly contradictions: readonly Contradiction[]
}

/** Joins folders of one plan. Results of different plans are refused: by name, what each is. */
export function mergeResults(folders: readonly (readonly [path: string, folder: ResultFolder])[]): Result<Merged> {
  const [first] = folders
  if (first === undefined) return refuse('no folder of results was given')
  const [path, { plan }] = first
  const other = folders.find(([, folder]) => !isDeepStrictEqual(folder.plan, plan))
  if (other !== undefined) {
    const both = `${path} is of ${whatOf(plan)}; ${other[0]} is of ${whatOf(other[1].plan)}`
    return refuse(`${both}: only results of one command line and version can be joined; run the missing shards again`)
  }
  const contradictions: Contradiction[] = []
  const findings = plan.cells.map((cell) => {
    const results = folders.flatMap(([, { results: found }]) => found.get(cell.key) ?? [])
    return joinResults(cell, results, contradictions)
  })
  return ok({ plan, findings, contradictions })
}

/**
 * What several results of a cell say together; undefined if there is none.
 *
 * @param contradictions receives those that are found
 */
export function joinResults(
  cell: Cell,
  [first, ...others]: readonly CellResult[],
  contradictions: Contradiction[],
): Findings | undefined {
  if (first === undefined) return undefined
  let { verdicts, report }: Findings = first
  for (const other of others) {
    if (other.text === first.text) continue
    if (reportsContradict(report, other.report))
      contradictions.push({ cell, property: 'the answer', paths: [first.path, other.path] })
    report = betterReport(report, other.report)
    verdicts = verdicts.map((one) => {
      const same = other.verdicts.find(({ property }) => property === one.property)
      if (same === undefined) return one
      if (contradicts(one, same)) {
        contradictions.push({ cell, property: one.property, paths: [first.path, other.path] })
      }
      return betterOf(one, same)
    })
  }
  return { verdicts, report }
}

/** A search of every state and a counterexample exclude each other, and so do two counts of all states. */
function contradicts(a: Verdict, b: Verdict): boolean {
  const names: readonly VerdictName[] = [a.verdict, b.verdict]
  if (names.includes('held') && names.includes('violated')) return true
  if (names.includes('not-applicable') && a.verdict !== b.verdict) return true
  return a.verdict === 'held' && b.verdict === 'held' && a.states !== b.states
}

const rank: readonly VerdictName[] = ['violated', 'held', 'not-applicable', 'none-found', 'inconclusive', 'vacuous']

/** What says more: a verdict that decides, a shorter counterexample, more that was searched. */
function betterOf(a: Verdict, b: Verdict): Verdict {
  const order = [
    rank.indexOf(a.verdict) - rank.indexOf(b.verdict),
    (a.steps ?? 0) - (b.steps ?? 0),
    (b.states ?? 0) - (a.states ?? 0),
    b.runs - a.runs,
  ].find((difference) => difference !== 0)
  return (order ?? 0) <= 0 ? a : b
}
