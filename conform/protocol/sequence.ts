import type { Answer, Call } from './messages.js'
import type { TestSetup } from './setting.js'
import type { RequestBody, TargetFailure } from './target.js'

/**
 * Calls after a reset, sent together.
 *
 * @example
 * await conform(target, { interface: 'page-table', runs: 100, seed: 1, saved: [sequence] })
 */
export interface Sequence {
  /** Its origin: `random 17`, `boundary map/overlap before limit`, a file. */
  readonly from: string
  readonly setting: TestSetup
  readonly calls: readonly Call[]
  /** The reply to each call, where the model allows exactly one to every call; the generator notes them. */
  readonly only?: readonly Answer[]
  /** Sequences that the same process is asked first: what they leave behind over their resets is needed. */
  readonly earlier?: readonly Sequence[]
}

/** A sequence up to the call that ends it, with what an implementation did: what a transcript holds. */
export interface RecordedSequence {
  /** Cut off behind the call that was answered wrongly; without calls if it was the reset. */
  readonly sequence: Sequence
  /** The replies to the sequence's own calls before that. */
  readonly answers: readonly Answer[]
  /** The replies to the earlier sequences, resets included. */
  readonly earlierAnswers?: readonly Answer[]
  readonly seen: Answer | TargetFailure
}

/** All requests of a sequence, and those of the earlier ones before them. */
export const requestsOf = ({ setting, calls, earlier = [] }: Sequence): RequestBody[] => [
  ...earlier.flatMap(requestsOf),
  { call: 'reset', ...setting },
  ...calls,
]

/**
 * Asks a sequence until it shows what is looked for. A call that races with a device may be answered rightly now and
 * wrongly the next time, so a sequence with one is asked up to five times; any other once.
 *
 * @returns what was shown, or what came the last time
 */
export async function askUntil<T>(sequence: Sequence, ask: () => Promise<T>, isShown: (one: T) => boolean): Promise<T> {
  for (let left = isRaced(sequence) ? racedAsks : 1; ; left -= 1) {
    const shown = await ask()
    if (left === 1 || isShown(shown)) return shown
  }
}
const racedAsks = 5

const isRaced = (sequence: Sequence): boolean =>
  stepsOf(sequence).some((step) => 'call' in step && step.call === 'unmap-under-dma')

/** How many requests come before a sequence's own reset. */
export const earlierRequests = ({ earlier = [] }: Sequence): number =>
  earlier.reduce((sum, one) => sum + one.calls.length + 1, 0)

/** A reset, or a call behind one. */
export type SequenceStep = Pick<Sequence, 'from' | 'setting'> | Call

/** The sequences as one list, each reset in its place. */
export const stepsOf = ({ from, setting, calls, earlier = [] }: Sequence): SequenceStep[] => [
  ...earlier.flatMap(stepsOf),
  { from, setting },
  ...calls,
]

/** The last sequence of such a list, with the earlier ones; undefined if the list does not begin with a reset. */
export function sequenceOf(steps: readonly SequenceStep[]): Sequence | undefined {
  const all: { from: string; setting: TestSetup; calls: Call[] }[] = []
  for (const step of steps) {
    if ('setting' in step) all.push({ ...step, calls: [] })
    else if (all.length === 0) return undefined
    else all.at(-1)?.calls.push(step)
  }
  const last = all.pop()
  return last && (all.length === 0 ? last : { ...last, earlier: all })
}
