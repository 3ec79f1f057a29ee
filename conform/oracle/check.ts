import type { Result } from '../../base/result.js'
import type { Answer, Call, Observation } from '../protocol/messages.js'
import type { RequestBody, TargetFailure } from '../protocol/target.js'
import { type Allowed, explain } from './explain.js'
import type { TestSetup } from './machine.js'
import { difference, missing, Oracle } from './oracle.js'
import type { EvidenceSets } from './rule-evidence.js'

/** Calls after a reset, to be made in one go. */
export interface Sequence {
  /** Where it comes from: `random 17`, `boundary map/overlap before limit`, a file. */
  readonly from: string
  readonly setting: TestSetup
  readonly calls: readonly Call[]
  /** The one answer that the model gives to each call, if whoever drew the sequence saw that it never had a choice. */
  readonly only?: readonly Answer[]
}

/** A reply that the model does not allow, or trouble in place of one. */
export interface Divergence {
  /** Cut off behind the call that was answered wrongly; without calls if it was the reset. */
  readonly sequence: Sequence
  /** The replies before that. */
  readonly answers: readonly Answer[]
  readonly seen: Answer | TargetFailure
  /** What the model would have allowed. */
  readonly allowed: readonly Allowed[]
}

export const requestsOf = ({ setting, calls }: Sequence): RequestBody[] => [{ call: 'reset', ...setting }, ...calls]

/** Judges, one a setting, made once. */
export class OracleCache {
  private readonly known = new Map<string, Oracle>()

  /** @param rested as of `Oracle.open` */
  constructor(
    readonly platforms: readonly string[],
    private readonly rested?: EvidenceSets,
  ) {}

  /** @returns a judge that has been reset, or what is wrong with the setting */
  open(setting: TestSetup): Result<Oracle> {
    const key = JSON.stringify(setting)
    const known = this.known.get(key)
    if (known !== undefined) {
      known.reset()
      return { ok: true, value: known }
    }
    const opened = Oracle.open(setting, this.platforms, this.rested)
    if (opened.ok) this.known.set(key, opened.value)
    return opened
  }
}

/**
 * Holds the replies to a sequence against the model.
 *
 * @param answers the reply to the reset first; fewer than requests only if there was trouble
 */
export function check(
  judge: Oracle,
  sequence: Sequence,
  {
    answers,
    trouble,
    promised,
  }: { answers: readonly Answer[]; trouble?: TargetFailure; promised: readonly Observation[] },
): Divergence | undefined {
  const [first, ...rest] = answers
  if (first?.outcome !== 'ok') return diverged(sequence, 0, judge.platforms.map(freshOnly), first ?? trouble)
  if (!judge.isCurious && isAsForetold(sequence, rest, promised)) return undefined
  judge.reset()
  for (const [index, call] of sequence.calls.entries()) {
    const predictions = judge.predict(call)
    const seen = rest[index]
    const kept = predictions.filter(({ answer }) => seen !== undefined && isRight(call, answer, seen, promised))
    judge.commit(predictions, kept)
    if (kept.length > 0) continue
    const allowed = predictions.map((one) => explain(one, seen, { call, on: sequence.setting.interface, promised }))
    return diverged(sequence, index + 1, allowed, seen ?? trouble, rest.slice(0, index))
  }
  judge.finish()
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

/** The same as to ask the model once more, where it has told its only answers before. */
function isAsForetold({ calls, only }: Sequence, seen: readonly Answer[], promised: readonly Observation[]): boolean {
  if (only === undefined || seen.length < calls.length) return false
  return calls.every((call, index) => {
    const [predicted, got] = [only[index], seen[index]]
    return predicted !== undefined && got !== undefined && isRight(call, predicted, got, promised)
  })
}

function isRight(call: Call, predicted: Answer, seen: Answer, promised: readonly Observation[]): boolean {
  return difference(predicted, seen) === undefined && missing(call, predicted, seen, promised) === undefined
}

/** Trouble in a sequence that had a wrong reply before: it is told beside that. */
export function troubled(sequence: Sequence, answers: readonly Answer[], trouble: TargetFailure): Divergence {
  return diverged(sequence, answers.length, [], trouble, answers.slice(1))
}

function diverged(
  { from, setting, calls }: Sequence,
  count: number,
  allowed: readonly Allowed[],
  seen: Answer | TargetFailure | undefined,
  answers: readonly Answer[] = [],
): Divergence {
  const never: TargetFailure = { kind: 'silent', message: 'there is no reply', stderr: '' }
  return { sequence: { from, setting, calls: calls.slice(0, count) }, answers, allowed, seen: seen ?? never }
}
