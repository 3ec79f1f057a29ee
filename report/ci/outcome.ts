import type { Divergence } from '../../conform/oracle/check.js'
import type { Trace } from '../../search/trace.js'
import type { CheckedReplies } from '../text/divergence.js'

/**
 * How a question came out. `fail`: the subject is wrong. `error`: dmaproof could not tell, and neither may a CI.
 * `skip`: the question makes no sense of the subject.
 */
export const outcomeStatuses = ['pass', 'fail', 'error', 'skip'] as const
export type OutcomeStatus = (typeof outcomeStatuses)[number]

/** What each means, in a sentence; reports print it in capitals. */
export const outcomeSays: Readonly<Record<Uppercase<OutcomeStatus>, string>> = {
  PASS: 'Of a report for CI: the subject is right, as far as was asked.',
  FAIL: 'Of a report for CI: the subject is wrong.',
  ERROR: 'Of a report for CI: it was not judged.',
  SKIP: 'Of a report for CI: the question makes no sense of the subject.',
}

/** One judged question, as a CI takes it: a test case. */
export interface CiOutcome {
  /** The subject, such as a machine; the cases of one are shown together. */
  readonly suite: string
  /** The question, such as a property. */
  readonly name: string
  readonly status: OutcomeStatus
  /** The reason, in one line. */
  readonly why: string
  /** More to show of a failure, such as the counterexample; several lines. */
  readonly detail?: string
  /** The counterexample, where it is a run of the model. */
  readonly trace?: Trace
  /** The same, where it is a reply of an implementation. */
  readonly replied?: Replied
}

/** A reply that the model does not allow, whose it is, and what it was checked against. */
export interface Replied {
  readonly header: CheckedReplies
  readonly divergence: Divergence
}

/** The outcomes of each suite, in the order of their first. */
export function bySuite<T extends CiOutcome>(outcomes: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const suites = new Map<string, T[]>()
  for (const outcome of outcomes) suites.set(outcome.suite, [...(suites.get(outcome.suite) ?? []), outcome])
  return suites
}

/** How many outcomes have a status. */
export const outcomeCount = (outcomes: readonly CiOutcome[], status: OutcomeStatus): number =>
  outcomes.filter((one) => one.status === status).length
