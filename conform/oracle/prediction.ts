import type { Rule } from '../../spec/index.js'
import type { Answer } from '../protocol/messages.js'
import type { CandidateState } from './candidate-state.js'

/** A reply that the model allows, and the candidate state in which it is right. */
export interface Prediction {
  readonly candidate: CandidateState
  readonly answer: Answer
  /** Index in `failing` of the rule behind an errno; -1 for none. */
  readonly cause: number
  /** Why a DMA was blocked (`FaultReason`); -1 if it was not. */
  readonly reason: number
  /** The rules behind a reply that no errno explains. */
  readonly rules?: readonly Rule[]
}

/** Reuses candidate states that were dropped, so that an oracle allocates few. */
export interface CandidatePool {
  readonly copy: (candidate: CandidateState) => CandidateState
  readonly drop: (candidate: CandidateState) => void
}
