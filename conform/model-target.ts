import { must } from '../model/checked.js'
import { Judge } from './judge.js'
import { ModelRace } from './model-race.js'
import {
  type Answer,
  type Call,
  capabilityNames,
  flawNames,
  type Hello,
  isRace,
  limitNames,
  observationNames,
  protocolVersion,
} from './protocol.js'
import type { Asked, Implementation } from './target.js'

/** For tests: what the model as an implementation says of itself. */
export const modelHello: Hello = {
  protocol: protocolVersion,
  name: 'model',
  interfaces: [...capabilityNames],
  flaws: [...flawNames],
  limits: [...limitNames],
  observes: [...observationNames],
  devices: 2,
  pages: 64,
  vcpus: 2,
}

/**
 * For tests: the model itself as an implementation, of one platform.
 *
 * @param plant changes a right answer to a wrong one
 */
export function modelImplementation(
  platform: string,
  plant = (_: Call, answer: Answer): Answer => answer,
): Implementation {
  let judge: Judge | undefined
  const make = (call: Call): Answer => {
    const predictions = judge?.ask(call) ?? []
    judge?.keep(predictions, predictions.slice(0, 1))
    const answer = predictions[0]?.answer
    if (answer === undefined) throw new Error('there was no reset')
    return plant(call, answer)
  }
  const race = new ModelRace(make)
  return {
    hello: { ...modelHello, platform },
    answer: (request: Asked): Answer => {
      if (request.call === 'reset') {
        const { call: _, ...setting } = request
        judge = must(Judge.open(setting, [platform]))
        return { outcome: 'ok' }
      }
      if (isRace(request)) return race.answer(request)
      const answer = make(request)
      race.turn()
      return answer
    },
  }
}
