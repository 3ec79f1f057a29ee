import type { Divergence } from '../oracle/check.js'
import type { Call } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'

/** What shrinking may cost: the implementation may be slow, and may hang. */
export interface Budget {
  /** Sequences to ask at the most. */
  readonly tries: number
  /** Seconds. */
  readonly time: number
  /** Asked before each try. */
  readonly stops?: () => boolean
}

/** What came of asking: nothing, if no process could be started; else a divergence, or none. */
export type AskResult = Divergence | undefined | 'unasked'

/** Asks a sequence of the real implementation. */
export type Ask = (sequence: Sequence) => Promise<AskResult>

/**
 * Leaves out of a divergence what it does not need, against the implementation itself: chunks of calls, then single
 * ones; then maps that lie side by side are made one, and numbers lowered. Whatever diverges will do, so that the
 * result is a divergence of its own.
 *
 * @returns the shortest divergence that was found, and whether the budget sufficed to try everything
 */
export async function shrink(
  found: Divergence,
  ask: Ask,
  budget: Budget,
): Promise<{ best: Divergence; done: boolean }> {
  const end = performance.now() + budget.time * 1000
  let best = found
  let tries = 0
  for (let goesOn = true; goesOn; ) {
    goesOn = false
    for (const calls of simpler(best.sequence.calls)) {
      if (tries >= budget.tries || performance.now() > end || budget.stops?.() === true) return { best, done: false }
      tries += 1
      const again = await ask({ ...best.sequence, calls })
      if (again === 'unasked') return { best, done: false }
      if (again === undefined || !isSimpler(again, best)) continue
      best = again
      goesOn = true
      break
    }
  }
  return { best, done: true }
}

const size = ({ sequence }: Divergence): number => sequence.calls.reduce((sum, call) => sum + 1e6 + weight(call), 0)

/** The sum of a call's numbers: it goes down with every step, so shrinking ends. */
function weight(call: Call): number {
  return Object.values(call).reduce<number>((sum, value) => sum + (typeof value === 'number' ? value : 0), 0)
}

/** A wrong reply stays one, and trouble stays trouble. */
export const isAlike = (a: Divergence, b: Divergence): boolean => 'kind' in a.seen === 'kind' in b.seen

const isSimpler = (a: Divergence, b: Divergence): boolean => isAlike(a, b) && size(a) < size(b)

/** The last call is the one that diverged: it stays. */
function* simpler(calls: readonly Call[]): Generator<readonly Call[]> {
  const last = calls.length - 1
  for (let chunk = Math.max(1, last >> 1); chunk >= 1; chunk >>= 1) {
    for (let end = last; end > 0; end -= chunk) yield [...calls.slice(0, Math.max(0, end - chunk)), ...calls.slice(end)]
  }
  for (let at = 1; at < last; at += 1) {
    const one = joined(calls[at - 1], calls[at])
    if (one !== undefined) yield [...calls.slice(0, at - 1), one, ...calls.slice(at + 1)]
  }
  for (const [index, call] of calls.entries()) {
    for (const lower of lowered(call)) yield calls.with(index, lower)
  }
}

/** One map in the place of two that lie side by side. */
function joined(a: Call | undefined, b: Call | undefined): Call | undefined {
  if (a?.call !== 'map' || b?.call !== 'map' || a.iovfn + a.count !== b.iovfn) return undefined
  return a.permissions === b.permissions && a.flaw === b.flaw ? { ...a, count: a.count + b.count } : undefined
}

/** A call with one of its numbers at 0 (a count: at 1), halved, or one less. */
function lowered(call: Call): Call[] {
  const fields = Object.entries(call).filter(([name, value]) => typeof value === 'number' && name !== 'permissions')
  return fields.flatMap(([name, value]) => {
    const least = name === 'count' ? 1 : 0
    const smaller = [...new Set([least, Number(value) >> 1, Number(value) - 1])].filter(
      (one) => one >= least && one < Number(value),
    )
    return smaller.map((one) => together({ ...call, [name]: one }, name, one))
  })
}

/** A map's page is its iovfn. */
function together(call: Call, name: string, value: number): Call {
  if (call.call === 'map' && (name === 'iovfn' || name === 'page')) return { ...call, iovfn: value, page: value }
  return call
}
