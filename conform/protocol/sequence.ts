import type { Answer, Call } from './messages.js'
import type { TestSetup } from './setting.js'
import type { RequestBody, TargetFailure } from './target.js'

/** Calls after a reset, to be made in one go. */
export interface Sequence {
  /** Where it comes from: `random 17`, `boundary map/overlap before limit`, a file. */
  readonly from: string
  readonly setting: TestSetup
  readonly calls: readonly Call[]
  /** The one answer that the model gives to each call, if whoever drew the sequence saw that it never had a choice. */
  readonly only?: readonly Answer[]
}

/** A sequence up to the call that ends it, with what an implementation did: what a transcript holds. */
export interface RecordedSequence {
  /** Cut off behind the call that was answered wrongly; without calls if it was the reset. */
  readonly sequence: Sequence
  /** The replies before that. */
  readonly answers: readonly Answer[]
  readonly seen: Answer | TargetFailure
}

export const requestsOf = ({ setting, calls }: Sequence): RequestBody[] => [{ call: 'reset', ...setting }, ...calls]
