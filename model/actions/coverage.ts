import type { Rule } from '../../spec/index.js'
import { type Coverage, failing, type Kind, kinds, rows } from './relation.js'

/** How often a row was taken without failing. */
export interface RowCoverage {
  readonly kind: Kind
  readonly taken: number
}

/** How often one way to fail was met; `injected` is the environment's doing. */
export interface FailureCoverage {
  readonly kind: Kind
  readonly rule: Rule
  readonly injected: boolean
  readonly met: number
}

/** How often something that rests on a rule happened. */
export interface RuleCoverage {
  readonly rule: Rule
  readonly times: number
}

/** A citation of rules outside the relation, and whether a run exercised it: a property with its witness. */
export interface OtherEvidence {
  readonly rules: readonly Rule[]
  readonly witnessed: boolean
}

/** How often each action was taken, in the order of kinds. */
export const rowCoverage = (coverage: Coverage): RowCoverage[] =>
  kinds.names.map((kind, index) => ({ kind, taken: coverage.taken[index] }))

/** How often each way to fail was met. */
export const failureCoverage = (coverage: Coverage): FailureCoverage[] =>
  failing.flatMap(({ kind, rule, injected }, index) =>
    kind < 0 ? [] : [{ kind: kinds.names[kind], rule, injected, met: coverage.failed[index] }],
  )

/**
 * How often each rule was exercised. A rule behind what a row does counts when the row is taken, a rule behind a
 * failure when that failure is met, a rule of something else once if that was exercised.
 *
 * @returns every rule that a row or one of `others` cites, by id
 */
export function ruleCoverage(coverage: Coverage, others: readonly OtherEvidence[] = []): RuleCoverage[] {
  const times = new Map<Rule, number>()
  const count = (rule: Rule, more: number) => times.set(rule, (times.get(rule) ?? 0) + more)
  for (const [index, row] of rows.entries()) for (const rule of row.rules) count(rule, coverage.taken[index])
  for (const { rule, met } of failureCoverage(coverage)) count(rule, met)
  for (const { rules, witnessed } of others) for (const rule of rules) count(rule, witnessed ? 1 : 0)
  return [...times].map(([rule, sum]) => ({ rule, times: sum })).sort((a, b) => (a.rule.id < b.rule.id ? -1 : 1))
}

/** Adds what another run has covered, a worker's for one. */
export function addCoverage(to: Coverage, from: Coverage): void {
  for (const [index, taken] of from.taken.entries()) to.taken[index] += taken
  for (const [index, failed] of from.failed.entries()) to.failed[index] += failed
}
