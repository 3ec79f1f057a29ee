import type { CandidateState } from '../oracle/candidate-state.js'
import { isSame, type Oracle } from '../oracle/oracle.js'
import type { Answer, Call } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import type { TestSetup } from '../protocol/setting.js'

/** Chooses sequences of random calls by their seeds. */
export interface CallSource {
  /** The setting of a sequence, by its seed. */
  setting(seed: number): TestSetup
  /** @param judge of the setting that the same seed gives; it is used up */
  sequence(judge: Oracle, seed: number, length: number): Sequence
}

/** Makes a sequence call by call, each chosen by the world in which the calls before it were answered as foretold. */
export function drawSequence(
  judge: Oracle,
  { from, setting }: Pick<Sequence, 'from' | 'setting'>,
  length: number,
  next: (world: CandidateState) => Call,
): Sequence {
  const calls: Call[] = []
  const answers: Answer[] = []
  let hasChoice = false
  while (calls.length < length) {
    const world = judge.first
    if (world === undefined) break
    const call = next(world)
    const predictions = judge.predict(call)
    const answer = predictions[0]?.answer ?? { outcome: 'none' }
    const same = predictions.filter((one) => isSame(one.answer, answer))
    hasChoice ||= same.length < predictions.length
    judge.commit(predictions, same)
    calls.push(call)
    answers.push(answer)
  }
  return { from, setting, calls, ...(hasChoice ? {} : { only: answers }) }
}
