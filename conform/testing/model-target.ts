import { must } from '../../base/result.js'
import { Oracle } from '../oracle/oracle.js'
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
} from '../protocol/messages.js'
import type { RequestBody } from '../protocol/target.js'
import type { Implementation } from '../targets/in-process.js'
import { ModelRace } from './model-race.js'

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
  let oracle: Oracle | undefined
  const make = (call: Call): Answer => {
    const predictions = oracle?.predict(call) ?? []
    oracle?.commit(predictions, predictions.slice(0, 1))
    const answer = predictions[0]?.answer
    if (answer === undefined) throw new Error('there was no reset')
    return plant(call, answer)
  }
  const race = new ModelRace(make)
  return {
    hello: { ...modelHello, platform },
    answer: (request: RequestBody): Answer => {
      if (request.call === 'reset') {
        const { call: _, ...setting } = request
        oracle = must(Oracle.open(setting, [platform]))
        return { outcome: 'ok' }
      }
      if (isRace(request)) return race.answer(request)
      const answer = make(request)
      race.turn()
      return answer
    },
  }
}
