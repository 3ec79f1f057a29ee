import type { Divergence } from '../oracle/check.js'
import type { Sequence } from '../protocol/sequence.js'
import { type Ask, type AskResult, isAlike, type ShrinkBudget, shrink } from './shrink.js'

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

/** A divergence, with what its process was asked just before. */
export interface FirstOfKind {
  readonly divergence: Divergence
  readonly before: readonly Sequence[]
}

/** Asks a sequence of the running process, or of a fresh one. */
export type AskProcess = (sequence: Sequence, isFresh: boolean) => Promise<AskResult>

/**
 * Shrinks a divergence to a shorter sequence that a fresh process reproduces. Candidates are tried on the running
 * process first, because that is faster; a fresh one then excludes state that survived a reset.
 */
export async function confirm(
  { divergence: found, before }: FirstOfKind,
  ask: AskProcess,
  budget: ShrinkBudget,
): Promise<Confirmed> {
  const askFresh = (sequence: Sequence) => ask(sequence, true)
  const stops = () => budget.stops?.() === true
  const unknown: Confirmed = { best: found, isShrunk: false, reproduces: 'unknown' }
  if (!('kind' in found.seen)) {
    const { best, done } = await shrink(found, (sequence) => ask(sequence, false), budget)
    if (stops()) return unknown
    const again = await askFresh(best.sequence)
    if (isDivergence(again) && isAlike(again, found)) return confirmed(again, done)
  }
  if (stops()) return unknown
  const begun = performance.now()
  const whole = await askFresh(found.sequence)
  const isSlow = performance.now() - begun > slowStart
  if (whole === 'unasked') return unknown
  if (whole === undefined || !isAlike(whole, found)) return afterOthers(found, before, askFresh, budget)
  const seconds = isSlow ? startsTake * budget.seconds : budget.seconds
  const { best, done } = await shrink(whole, askFresh, { ...budget, seconds })
  return confirmed(best, done)
}

/** A fresh process shows it by what is left: by one sequence, or by several. */
const confirmed = (best: Divergence, isShrunk: boolean): Confirmed => {
  return { best, isShrunk, reproduces: best.sequence.earlier === undefined ? 'in isolation' : 'order-dependent' }
}

/** Milliseconds from which a fresh process is slow to start, as a kernel is; shrinking then has more time. */
const slowStart = 1000
const startsTake = 3

/** Sequences together are long, and each try is a fresh process. */
const maxTries = 200

/** Looks for the fewest of the sequences before it with which a fresh process shows it, and shrinks them together. */
async function afterOthers(
  found: Divergence,
  before: readonly Sequence[],
  ask: Ask,
  budget: ShrinkBudget,
): Promise<Confirmed> {
  const open: Confirmed = { best: found, isShrunk: false, reproduces: 'order-dependent' }
  for (let count = 1; count < 2 * before.length; count *= 2) {
    if (budget.stops?.() === true) return open
    const earlier = [...before.slice(-count), ...(found.sequence.earlier ?? [])]
    const whole = await ask({ ...found.sequence, earlier })
    if (whole === 'unasked') return open
    if (whole === undefined || !isAlike(whole, found)) continue
    const { best, done } = await shrink(whole, ask, { ...budget, tries: Math.min(budget.tries, maxTries) })
    return confirmed(best, done)
  }
  return open
}

const isDivergence = (result: AskResult): result is Divergence => typeof result === 'object'
