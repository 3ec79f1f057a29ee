import { ok, type Result, refuse } from '../../base/result.js'
import { addCoverage } from '../../model/actions/coverage.js'
import { Coverage } from '../../model/actions/relation.js'
import { coverageText, type Threshold, unmetText } from '../../report/text/coverage.js'
import { readCoverage, writeCoverage } from '../../search/check/coverage-file.js'
import * as spec from '../../spec/index.js'
import { Status } from '../exit-status.js'
import { unknownName } from '../options/suggest.js'
import { complain, complainOf, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

export interface CoverageOptions {
  readonly stats?: boolean
  readonly statsFile?: string
  readonly atLeast?: readonly string[]
}

/** The coverage options, read and checked before the search starts. */
export interface CoverageAsked {
  /** Counts of earlier runs, from the file of `--stats-file`; none without the option. */
  readonly before: Coverage
  /** How often each rule must be met at least, from `--at-least`. */
  readonly thresholds: readonly Threshold[]
}

/**
 * Reads the file of counts, if one is named, and thresholds like `vfio.map/overlap=10`.
 *
 * @returns a problem if the file cannot be read, or a threshold is malformed or names an unknown rule
 */
export function coverageAsked({ statsFile, atLeast = [] }: CoverageOptions): Result<CoverageAsked> {
  const thresholds: Threshold[] = []
  for (const text of atLeast) {
    const read = thresholdOf(text)
    if (!read.ok) return read
    thresholds.push(read.value)
  }
  const before = statsFile === undefined ? undefined : readCoverage(statsFile)
  if (before?.ok === false) return before
  return ok({ before: before?.value ?? new Coverage(), thresholds })
}

function thresholdOf(text: string): Result<Threshold> {
  const [, rule = '', least = ''] = /^(.+)=(\d+)$/.exec(text) ?? []
  if (rule === '') return refuse(`--at-least: found "${text}", expected RULE=NUMBER, as in vfio.map/overlap=10`)
  const known = ruleIds.find((id) => id === rule)
  if (known === undefined) return refuse(unknownName('--at-least', rule, ruleIds, 'dmaproof list rules'))
  return ok({ rule: known, least: Number(least) })
}

const ruleIds = Object.values(spec).map(({ id }) => id)

/**
 * Prints coverage if asked for, adds it to the file, and names each threshold that is missed.
 *
 * @returns the status of this part
 */
export function reportCoverage(io: Io, options: CoverageOptions, asked: CoverageAsked, found: Coverage): number {
  const all = asked.before
  addCoverage(all, found)
  if (options.stats === true) report(io, `\n${coverageText(all)}`)
  const written = options.statsFile === undefined ? ok('') : writeCoverage(options.statsFile, all)
  if (!written.ok) {
    complainOf(io, written.problem)
    return Status.BadInput
  }
  const unmet = unmetText(all, asked.thresholds)
  for (const line of unmet) complain(io, `--at-least: ${line}`)
  return unmet.length > 0 ? Status.Inconclusive : Status.Held
}
