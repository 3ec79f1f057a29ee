import type { Divergence } from '../oracle/check.js'
import type { Sequence } from '../protocol/sequence.js'
import { type AskResult, type Budget, isAlike, shrink } from './shrink.js'

/**
 * How a divergence reproduces: a fresh process shows it by this sequence alone; or only a process that was asked others
 * before shows it; or no fresh process was asked.
 */
export type Reproduces = 'in isolation' | 'order-dependent' | 'unknown'

export interface Confirmed {
  readonly best: Divergence
  /** Whether shrinking tried everything. */
  readonly isShrunk: boolean
  readonly reproduces: Reproduces
}

/** Asks a sequence of the running process, or of a fresh one. */
export type AskProcess = (sequence: Sequence, isFresh: boolean) => Promise<AskResult>

/**
 * Shrinks a divergence to one that a fresh process shows. The running process is quicker to ask, and tells whether
 * less will do; but state that survives a reset would be taken for an effect of the calls.
 */
export async function confirm(found: Divergence, ask: AskProcess, budget: Budget): Promise<Confirmed> {
  const askFresh = (sequence: Sequence) => ask(sequence, true)
  const stops = () => budget.stops?.() === true
  const unknown: Confirmed = { best: found, isShrunk: false, reproduces: 'unknown' }
  if (!('kind' in found.seen)) {
    const { best, done } = await shrink(found, (sequence) => ask(sequence, false), budget)
    if (stops()) return unknown
    const again = await askFresh(best.sequence)
    if (isDivergence(again) && isAlike(again, found)) return { best: again, isShrunk: done, reproduces: 'in isolation' }
  }
  if (stops()) return unknown
  const whole = await askFresh(found.sequence)
  if (whole === 'unasked') return unknown
  if (whole === undefined || !isAlike(whole, found)) return { ...unknown, reproduces: 'order-dependent' }
  const { best, done } = await shrink(whole, askFresh, budget)
  return { best, isShrunk: done, reproduces: 'in isolation' }
}

const isDivergence = (result: AskResult): result is Divergence => typeof result === 'object'
