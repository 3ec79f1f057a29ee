import type { Divergence } from '../oracle/check.js'
import type { Sequence } from '../protocol/sequence.js'
import { type AskResult, type Budget, isAlike, shrink } from './shrink.js'

/**
 * Who shows a divergence: a fresh process, by this sequence alone; only one that was asked others before; or nobody
 * knows, since no fresh process was asked.
 */
export type Reproduces = 'alone' | 'after others' | 'unknown'

export interface Confirmed {
  readonly best: Divergence
  /** Whether shrinking could try everything. */
  readonly isShrunk: boolean
  readonly shown: Reproduces
}

/** Asks a sequence of the process that is there, or of a fresh one. */
export type AskOf = (sequence: Sequence, isFresh: boolean) => Promise<AskResult>

/**
 * Shrinks a divergence to one that a fresh process shows. The process that is there is quicker to ask, and says
 * whether less will do; but what it keeps over a reset would be taken for what the calls do.
 */
export async function confirm(found: Divergence, ask: AskOf, budget: Budget): Promise<Confirmed> {
  const fresh = (sequence: Sequence) => ask(sequence, true)
  const stops = () => budget.stops?.() === true
  const unknown: Confirmed = { best: found, isShrunk: false, shown: 'unknown' }
  if (!('kind' in found.seen)) {
    const { best, done } = await shrink(found, (sequence) => ask(sequence, false), budget)
    if (stops()) return unknown
    const again = await fresh(best.sequence)
    if (isDivergence(again) && isAlike(again, found)) return { best: again, isShrunk: done, shown: 'alone' }
  }
  if (stops()) return unknown
  const whole = await fresh(found.sequence)
  if (whole === 'unasked') return unknown
  if (whole === undefined || !isAlike(whole, found)) return { ...unknown, shown: 'after others' }
  const { best, done } = await shrink(whole, fresh, budget)
  return { best, isShrunk: done, shown: 'alone' }
}

const isDivergence = (told: AskResult): told is Divergence => typeof told === 'object'
