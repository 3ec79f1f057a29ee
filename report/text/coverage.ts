import { counted } from '../../base/plural.js'
import { rowCoverage, ruleCoverage } from '../../model/actions/coverage.js'
import type { Coverage } from '../../model/actions/relation.js'
import type { Rule } from '../../spec/index.js'
import { mailWidth, wrap } from '../columns/wrap.js'

/** How often a rule must have decided, at least. */
export interface Threshold {
  readonly rule: Rule['id']
  readonly least: number
}

/** Rows that random runs took and rules that decided in them, the rarest first, and what never came. */
export function coverageText(coverage: Coverage): string {
  const rows = rowCoverage(coverage)
  const rules = ruleCoverage(coverage)
  const decided = rules.filter(({ times }) => times > 0)
  const idleRows = rows.filter(({ taken }) => taken === 0).map(({ kind }) => kind)
  const idleRules = rules.filter(({ times }) => times === 0).map(({ rule }) => rule.id)
  const head =
    `coverage of the random runs: ${rows.length - idleRows.length} of ${rows.length} rows taken, ` +
    `${decided.length} of ${rules.length} rules decided`
  const counts = [...decided].sort((a, b) => a.times - b.times)
  const width = Math.max(1, ...counts.map(({ times }) => String(times).length))
  return [
    head,
    ...counts.map(({ rule, times }) => `  ${String(times).padStart(width)}  ${rule.id}`),
    ...listed('never taken', idleRows),
    ...listed('never decided', idleRules),
    '',
  ].join('\n')
}

const listed = (title: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : wrap(`${title}: ${names.join(', ')}`, mailWidth, '  ')

/** The thresholds that are not met, a line each. */
export function unmetText(coverage: Coverage, thresholds: readonly Threshold[]): string[] {
  const times = new Map(ruleCoverage(coverage).map(({ rule, times: count }) => [rule.id, count]))
  return thresholds
    .filter(({ rule, least }) => (times.get(rule) ?? 0) < least)
    .map(({ rule, least }) => `${rule} decided ${counted(times.get(rule) ?? 0, 'time')}, expected at least ${least}`)
}
