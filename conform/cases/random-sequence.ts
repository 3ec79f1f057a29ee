import type { Prng } from '../../base/prng.js'
import type { CandidateState } from '../oracle/candidate-state.js'
import { isSame, type Oracle } from '../oracle/oracle.js'
import type { Answer, Call } from '../protocol/messages.js'
import type { Sequence } from '../protocol/sequence.js'
import type { TestSetup } from '../protocol/setting.js'

/** Chooses sequences of random calls by their seeds. */
export interface CallSource {
  /** The setting of a sequence, by its seed. */
  setting(seed: number): TestSetup
  /** @param oracle for the setup that the same seed gives; its candidates change */
  sequence(oracle: Oracle, seed: number, length: number): Sequence
}

/** Kinds of call, each drawn as often as its weight says. */
export class WeightedKinds<K> {
  private readonly total: number

  constructor(private readonly weights: readonly (readonly [kind: K, weight: number])[]) {
    this.total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  }

  draw(prng: Prng): K {
    let share = prng.nextBelow(this.total)
    for (const [kind, weight] of this.weights) {
      share -= weight
      if (share < 0) return kind
    }
    throw new Error('there is no kind to draw')
  }
}

/** Makes a sequence call by call, each chosen by the model's state after the calls before it. */
export function drawSequence(
  oracle: Oracle,
  { from, setting }: Pick<Sequence, 'from' | 'setting'>,
  length: number,
  next: (candidate: CandidateState) => Call,
): Sequence {
  const calls: Call[] = []
  const answers: Answer[] = []
  let hasChoice = false
  while (calls.length < length) {
    const candidate = oracle.first
    if (candidate === undefined) break
    const call = next(candidate)
    const predictions = oracle.predict(call)
    const answer = predictions[0]?.answer ?? { outcome: 'none' }
    const same = predictions.filter((one) => isSame(one.answer, answer))
    hasChoice ||= same.length < predictions.length
    oracle.commit(predictions, same)
    calls.push(call)
    answers.push(answer)
  }
  return { from, setting, calls, ...(hasChoice ? {} : { only: answers }) }
}
