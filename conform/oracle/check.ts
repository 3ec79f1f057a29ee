import { ok, type Result } from '../../base/result.js'
import type { Answer, Call, Observation } from '../protocol/messages.js'
import { earlierRequests, type RecordedSequence, type Sequence } from '../protocol/sequence.js'
import type { TestSetup } from '../protocol/setting.js'
import type { TargetFailure } from '../protocol/target.js'
import type { CandidateState } from './candidate-state.js'
import { type Allowed, explain } from './explain.js'
import { difference, missing, Oracle } from './oracle.js'
import type { EvidenceSets } from './rule-evidence.js'

/**
 * A reply that the model does not allow, or a target's failure in place of one.
 *
 * @example
 * report.value.divergences.map(({ divergence }) => divergence.allowed.map(({ why }) => why))
 */
export interface Divergence extends RecordedSequence {
  /** What the model would have allowed. */
  readonly allowed: readonly Allowed[]
}

/** Oracles by setup, each made once. */
export class OracleCache {
  private readonly known = new Map<string, Oracle>()

  /** @param evidence as of `Oracle.open` */
  constructor(
    readonly platforms: readonly string[],
    private readonly evidence?: EvidenceSets,
  ) {}

  /** @returns an oracle that has been reset, or what is wrong with the setup */
  open(setting: TestSetup): Result<Oracle> {
    const key = JSON.stringify(setting)
    const known = this.known.get(key)
    if (known !== undefined) {
      known.reset()
      return ok(known)
    }
    const opened = Oracle.open(setting, this.platforms, this.evidence)
    if (opened.ok) this.known.set(key, opened.value)
    return opened
  }
}

/** What a target said of a sequence, why it failed if it did, and what it promised to observe. */
interface Seen {
  readonly answers: readonly Answer[]
  readonly failure?: TargetFailure
  readonly promised: readonly Observation[]
}

/**
 * Checks the replies to a sequence against the model.
 *
 * @param answers to all requests, those of earlier sequences and the reset included; fewer only if the target failed
 * @param watch is shown a state in which the replies are right so far: after the reset, and after each call; after one
 *   that is answered wrongly, a state in which the model has answered it
 */
export function check(
  oracle: Oracle,
  sequence: Sequence,
  { answers, failure, promised }: Seen,
  watch?: (candidate: CandidateState) => void,
): Divergence | undefined {
  const before = earlierRequests(sequence)
  if (answers.length < before) return diedEarlier(sequence, answers, failure)
  const own = { answers: answers.slice(before), promised, ...(failure && { failure }) }
  const found = checkOwn(oracle, sequence, own, watch)
  return found && before > 0 ? { ...found, earlierAnswers: answers.slice(0, before) } : found
}

/** The target failed in an earlier sequence: that one is what failed. */
function diedEarlier(sequence: Sequence, answers: readonly Answer[], failure?: TargetFailure): Divergence {
  const [last, ...others] = [...(sequence.earlier ?? [])].reverse()
  if (last === undefined) throw new Error('replies to earlier sequences are missing, and there are none')
  const one: Sequence = { ...last, earlier: others.reverse() }
  const before = earlierRequests(one)
  if (answers.length < before) return diedEarlier(one, answers, failure)
  const found = diverged(one, answers.length - before, [], failure, answers.slice(before + 1))
  return { ...found, earlierAnswers: answers.slice(0, before) }
}

function checkOwn(
  oracle: Oracle,
  sequence: Sequence,
  { answers, failure, promised }: Seen,
  watch?: (candidate: CandidateState) => void,
): Divergence | undefined {
  const show = (candidate: CandidateState | undefined) => candidate && watch?.(candidate)
  const [first, ...rest] = answers
  if (first?.outcome !== 'ok') return diverged(sequence, 0, oracle.platforms.map(freshOnly), first ?? failure)
  if (!oracle.needsEveryReply && areKnownReplies(sequence, rest, promised)) return undefined
  oracle.reset()
  show(oracle.first)
  for (const [index, call] of sequence.calls.entries()) {
    const predictions = oracle.predict(call)
    const seen = rest[index]
    const right = predictions.filter(({ answer }) => seen !== undefined && isRight(call, answer, seen, promised))
    show((right[0] ?? predictions[0])?.candidate)
    oracle.commit(predictions, right)
    if (right.length > 0) continue
    const asked = { call, before: sequence.calls.slice(0, index), on: sequence.setting.interface, promised }
    const allowed = predictions.map((one) => explain(one, seen, asked))
    return diverged(sequence, index + 1, allowed, seen ?? failure, rest.slice(0, index))
  }
  oracle.finish()
  return undefined
}

/** A reset may only succeed, whatever the platform is. */
const freshOnly = (platform: string): Allowed => {
  return {
    platform,
    answer: { outcome: 'ok' },
    field: 'outcome',
    why: 'a reset always gives a fresh container',
    rules: [],
  }
}

/** The same as predicting again, where the only right replies are known. */
function areKnownReplies(
  { calls, only }: Sequence,
  seen: readonly Answer[],
  promised: readonly Observation[],
): boolean {
  if (only === undefined || seen.length < calls.length) return false
  return calls.every((call, index) => {
    const [predicted, got] = [only[index], seen[index]]
    return predicted !== undefined && got !== undefined && isRight(call, predicted, got, promised)
  })
}

function isRight(call: Call, predicted: Answer, seen: Answer, promised: readonly Observation[]): boolean {
  return difference(predicted, seen) === undefined && missing(call, predicted, seen, promised) === undefined
}

/** A failure of the target in a sequence that has a wrong reply as well. */
export function withFailure(sequence: Sequence, answers: readonly Answer[], failure: TargetFailure): Divergence {
  const before = earlierRequests(sequence)
  const found = diverged(sequence, answers.length - before, [], failure, answers.slice(before + 1))
  return before === 0 ? found : { ...found, earlierAnswers: answers.slice(0, before) }
}

function diverged(
  { only: _, calls, ...sequence }: Sequence,
  count: number,
  allowed: readonly Allowed[],
  seen: Answer | TargetFailure | undefined,
  answers: readonly Answer[] = [],
): Divergence {
  const never: TargetFailure = { kind: 'silent', message: 'there is no reply', stderr: '' }
  return { sequence: { ...sequence, calls: calls.slice(0, count) }, answers, allowed, seen: seen ?? never }
}
