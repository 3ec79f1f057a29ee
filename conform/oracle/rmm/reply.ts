import { Granule, Sept } from '../../../model/machine/state.js'
import { ccaUnmapMayStop, type Rule } from '../../../spec/index.js'
import type { Answer, Half, RmmCall } from '../../protocol/messages.js'
import type { CandidateState } from '../candidate-state.js'
import type { CandidatePool, Prediction } from '../prediction.js'
import { outcomeBy, versionOf } from './outcomes.js'
import { tableAt, viewRealm } from './realm.js'

export type CallOf<K extends RmmCall['call']> = Extract<RmmCall, { call: K }>

export const okReply = { outcome: 'ok' } as const

/** A prediction: the candidate answers so, by these rules. */
export const reply = (candidate: CandidateState, answer: Answer, ...rules: readonly Rule[]): Prediction => {
  return { candidate, answer, cause: -1, reason: -1, rules }
}

/** The one prediction that a command is refused, with the outcome that the rule gives to it. */
export const refusedReply = (candidate: CandidateState, { call }: RmmCall, rule: Rule): Prediction[] => [
  reply(candidate, { outcome: outcomeBy(call, rule) }, rule),
]

/** A refusal for any of some reasons, of which a command may report whichever it likes. */
export function refusedByAny(
  candidate: CandidateState,
  call: RmmCall,
  reasons: readonly Rule[],
  unordered: Rule,
  pool: CandidatePool,
): Prediction[] {
  return reasons.map((rule, at) => {
    const branch = at === 0 ? candidate : pool.copy(candidate)
    const rules = reasons.length > 1 ? [rule, unordered] : [rule]
    return reply(branch, { outcome: outcomeBy(call.call, rule) }, ...rules)
  })
}

/** Whether the candidate's RMM is of version 1.0. */
export const is10 = (candidate: CandidateState): boolean => versionOf(candidate) === 'rmm-1.0'
/** Whether a frame of the model is a granule that is delegated and not in use. */
export const isDelegated = ({ state: s }: CandidateState, frame: number): boolean =>
  s.granule[frame] === Granule.Delegated
/** Whether the entry of a protected page is unmapped and owes an invalidation. */
export const isMarked = ({ state: s }: CandidateState, page: number): boolean =>
  s.sept[page] === Sept.Blocked || s.sept[page] === Sept.PendingBlocked
/** Whether a granule is mapped at a protected page, whatever its RIPAS. */
export const isAssigned = ({ state: s }: CandidateState, page: number): boolean =>
  s.sept[page] === Sept.Mapped || s.sept[page] === Sept.Pending
/** Whether the realm has a last-level table for the page, in a half of its address space. */
export const hasTable = (candidate: CandidateState, half: Half, page: number): boolean =>
  viewRealm(candidate).tables[tableAt(candidate.machine, half, page)] !== 0

/** An unmap goes up to its end, or stops in between: what it owes then may be done in part, which no reply tells. */
export function finishOrStop(
  candidate: CandidateState,
  pool: CandidatePool,
  finish: (candidate: CandidateState) => Prediction,
): Prediction[] {
  const stopped = pool.copy(candidate)
  return [finish(candidate), reply(stopped, { outcome: 'RMI_INCOMPLETE' }, ccaUnmapMayStop)]
}
