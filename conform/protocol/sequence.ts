import type { Answer, Call } from './messages.js'
import type { TestSetup } from './setting.js'
import type { RequestBody, TargetFailure } from './target.js'

/** Calls after a reset, sent together. */
export interface Sequence {
  /** Its origin: `random 17`, `boundary map/overlap before limit`, a file. */
  readonly from: string
  readonly setting: TestSetup
  readonly calls: readonly Call[]
  /** The reply to each call, where the model allows exactly one to every call; the generator notes them. */
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
