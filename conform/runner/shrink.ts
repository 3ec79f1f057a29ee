import { type Candidate, type DdminPosition, ddmin, simplifications, withoutChunks } from '../../base/ddmin.js'
import type { Divergence } from '../oracle/check.js'
import type { Call } from '../protocol/messages.js'
import { type Sequence, type SequenceStep, sequenceOf, stepsOf } from '../protocol/sequence.js'
import { isClosedLast } from '../protocol/validate-call.js'

/** What shrinking may cost: the target may be slow, and may hang. */
export interface ShrinkBudget {
  /** Sequences to ask, at most. */
  readonly tries: number
  readonly seconds: number
  /** Checked before each try. */
  readonly stops?: () => boolean
}

/** A divergence, or undefined if the replies were right; `unasked` if no process could be started. */
export type AskResult = Divergence | undefined | 'unasked'

/** Asks the target a sequence and checks its replies. */
export type Ask = (sequence: Sequence) => Promise<AskResult>

/**
 * Leaves out of a divergence the calls that it does not need: delta debugging against the target itself, all calls of
 * a kind first. Then adjacent maps are joined and numbers lowered. Any divergence counts as long as it is simpler and a
 * wrong reply stays a wrong reply, so the result may be another divergence than the first.
 *
 * @returns the simplest divergence that was seen, and whether the budget sufficed to try everything
 */
export async function shrink(
  found: Divergence,
  ask: Ask,
  budget: ShrinkBudget,
): Promise<{ best: Divergence; done: boolean }> {
  const end = performance.now() + budget.seconds * 1000
  let best = found
  let tries = 0
  const shrinking = shrunk(stepsOf(found.sequence))
  let turn = shrinking.next()
  while (turn.done !== true) {
    const sequence = wellFormed(turn.value)
    if (sequence === undefined) {
      turn = shrinking.next(undefined)
      continue
    }
    if (tries >= budget.tries || performance.now() > end || budget.stops?.() === true) return { best, done: false }
    tries += 1
    const seen = await ask(sequence)
    if (seen === 'unasked') return { best, done: false }
    const isBetter = seen !== undefined && isSimpler(seen, best)
    if (isBetter) best = seen
    turn = shrinking.next(isBetter ? stepsOf(best.sequence) : undefined)
  }
  return { best, done: true }
}

/** The sequences of a list of steps, if each begins with a reset, and has no call behind a close. */
function wellFormed(steps: readonly SequenceStep[]): Sequence | undefined {
  const sequence = sequenceOf(steps)
  const all = sequence && [sequence, ...(sequence.earlier ?? [])]
  return all?.every(({ calls }) => isClosedLast(calls)) ? sequence : undefined
}

const size = ({ sequence }: Divergence): number =>
  stepsOf(sequence).reduce((sum, step) => sum + 1e6 + ('call' in step ? weight(step) : 0), 0)

/** What a page less is worth: more than what its first page's number, which a map has twice, gains by it. */
const countWeight = 4

/** The sum of a call's numbers, weighted: it goes down with every step, so shrinking ends. */
function weight(call: Call): number {
  return Object.entries(call).reduce<number>(
    (sum, [name, value]) => sum + (typeof value === 'number' ? value * (name === 'count' ? countWeight : 1) : 0),
    0,
  )
}

/** Both are wrong replies, or both are failures of the target. */
export const isAlike = (a: Divergence, b: Divergence): boolean => 'kind' in a.seen === 'kind' in b.seen

const isSimpler = (a: Divergence, b: Divergence): boolean => isAlike(a, b) && size(a) < size(b)

/** A kernel is slow to ask, and most calls of the fixed list look at what one or two of them have changed. */
function* shrunk(
  steps: readonly SequenceStep[],
): Generator<readonly SequenceStep[], readonly SequenceStep[], readonly SequenceStep[] | undefined> {
  return yield* ddmin(yield* ddmin(steps, withoutKinds), candidates)
}

/** The list without all calls of one kind, the most frequent kind first; the last call stays. */
function* withoutKinds(steps: readonly SequenceStep[]): Generator<Candidate<SequenceStep>> {
  const last = steps.at(-1)
  const times = new Map<string, number>()
  for (const step of steps) if ('call' in step && step !== last) times.set(step.call, (times.get(step.call) ?? 0) + 1)
  for (const [kind] of [...times].sort(([, a], [, b]) => b - a)) {
    const list = steps.filter((step) => step === last || !('call' in step) || step.call !== kind)
    yield { list, next: { size: 1, end: list.length } }
  }
}

/** The last call is the one that diverged: it stays. */
function* candidates(
  steps: readonly SequenceStep[],
  from: DdminPosition | undefined,
): Generator<Candidate<SequenceStep>> {
  yield* withoutChunks(steps, from, 1)
  yield* simplifications(simplified(steps))
}

function* simplified(steps: readonly SequenceStep[]): Generator<readonly SequenceStep[]> {
  for (let index = 1; index < steps.length - 1; index += 1) {
    const joined = join(steps[index - 1], steps[index])
    if (joined !== undefined) yield [...steps.slice(0, index - 1), joined, ...steps.slice(index + 1)]
  }
  yield* movedTogether(steps)
  for (const [index, step] of steps.entries()) {
    if ('call' in step) for (const lower of [...cutInFront(step), ...lowered(step)]) yield steps.with(index, lower)
  }
}

/** The pages of all calls from one number on, moved down together: up to the pages below, or by one. */
function* movedTogether(steps: readonly SequenceStep[]): Generator<readonly SequenceStep[]> {
  const firsts = [...new Set(steps.flatMap((step) => firstPage(step) ?? []))].sort((a, b) => a - b)
  for (const [index, from] of firsts.entries()) {
    const gap = from - (firsts[index - 1] ?? -1) - 1
    for (const by of new Set([gap, 1])) {
      if (by <= gap && by > 0) yield steps.map((step) => ((firstPage(step) ?? -1) >= from ? movedDown(step, by) : step))
    }
  }
}

/** The first page that a call is about; undefined for a reset, and for a call that is about none. */
function firstPage(step: SequenceStep): number | undefined {
  if ('iovfn' in step) return step.iovfn
  return 'page' in step ? step.page : undefined
}

function movedDown(step: SequenceStep, by: number): SequenceStep {
  const page = firstPage(step)
  if (page === undefined || !('call' in step)) return step
  return withField(step, 'iovfn' in step ? 'iovfn' : 'page', page - by)
}

/** The call without the first half of its range, or without its first page. */
function cutInFront(call: Call): Call[] {
  if (!('count' in call) || call.count < 2) return []
  const first = 'iovfn' in call ? call.iovfn : call.page
  return [...new Set([call.count >> 1, 1])].map((cut) => {
    const moved = withField(call, 'iovfn' in call ? 'iovfn' : 'page', first + cut)
    return withField(moved, 'count', call.count - cut)
  })
}

/** One map in the place of two adjacent ones. */
function join(a: SequenceStep | undefined, b: SequenceStep | undefined): Call | undefined {
  if (a === undefined || b === undefined || !('call' in a) || !('call' in b)) return undefined
  if (a.call !== 'map' || b.call !== 'map' || a.iovfn + a.count !== b.iovfn) return undefined
  return a.permissions === b.permissions && a.flaw === b.flaw ? { ...a, count: a.count + b.count } : undefined
}

/** The call with one of its numbers lowered: to 0 (a count: to 1), to half, or by one. */
function lowered(call: Call): Call[] {
  const fields = Object.entries(call).filter(([name, value]) => typeof value === 'number' && name !== 'permissions')
  return fields.flatMap(([name, value]) => {
    const least = name === 'count' ? 1 : 0
    const smaller = [...new Set([least, Number(value) >> 1, Number(value) - 1])].filter(
      (number) => number >= least && number < Number(value),
    )
    return smaller.map((number) => withField(call, name, number))
  })
}

/** A map's page is its iovfn: the two change together. */
function withField(call: Call, name: string, value: number): Call {
  if (call.call === 'map' && (name === 'iovfn' || name === 'page')) return { ...call, iovfn: value, page: value }
  return { ...call, [name]: value }
}
