import type { Sequence } from './check.js'
import { isSame, type Judge } from './judge.js'
import type { Setting } from './machine.js'
import type { Answer, Call } from './protocol.js'
import type { World } from './world.js'

/** Chooses sequences of random calls by their seeds. */
export interface SequenceSource {
  /** The setting of a sequence, by its seed. */
  setting(seed: number): Setting
  /** @param judge of the setting that the same seed gives; it is used up */
  sequence(judge: Judge, seed: number, length: number): Sequence
}

/** Makes a sequence call by call, each chosen by the world in which the calls before it were answered as foretold. */
export function drawSequence(
  judge: Judge,
  { from, setting }: Pick<Sequence, 'from' | 'setting'>,
  length: number,
  next: (world: World) => Call,
): Sequence {
  const calls: Call[] = []
  const answers: Answer[] = []
  let hasChoice = false
  while (calls.length < length) {
    const world = judge.first
    if (world === undefined) break
    const call = next(world)
    const predictions = judge.ask(call)
    const answer = predictions[0]?.answer ?? { outcome: 'none' }
    const same = predictions.filter((one) => isSame(one.answer, answer))
    hasChoice ||= same.length < predictions.length
    judge.keep(predictions, same)
    calls.push(call)
    answers.push(answer)
  }
  return { from, setting, calls, ...(hasChoice ? {} : { only: answers }) }
}
