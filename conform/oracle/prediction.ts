import type { Rule } from '../../spec/index.js'
import type { Answer } from '../protocol/messages.js'
import type { CandidateState } from './candidate-state.js'

/** A reply that the model allows, and the world in which it is the right one. */
export interface Prediction {
  readonly world: CandidateState
  readonly answer: Answer
  /** Index in `failing` of the rule behind an errno; -1 for none. */
  readonly cause: number
  /** Why a DMA was blocked (`Reason`); -1 if it was not. */
  readonly reason: number
  /** Where no errno says it: the rules by which the answer is what it is. */
  readonly rules?: readonly Rule[]
}

/** Gives worlds back that nobody needs, so that a judge makes few. */
export interface Spare {
  readonly copy: (world: CandidateState) => CandidateState
  readonly drop: (world: CandidateState) => void
}
