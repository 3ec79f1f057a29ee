import { must } from '../model/checked.js'
import { Judge } from './judge.js'
import {
  type Answer,
  type Call,
  type Hello,
  interfaceNames,
  limitNames,
  observationNames,
  protocolVersion,
} from './protocol.js'
import type { Asked, Implementation } from './target.js'

/** For tests: what the model as an implementation says of itself. */
export const modelHello: Hello = {
  protocol: protocolVersion,
  name: 'model',
  interfaces: [...interfaceNames, 'kvm'],
  flaws: ['misaligned', 'wraps', 'unbacked', 'outside', 'empty'],
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
  return {
    hello: { ...modelHello, platform },
    answer: (request: Asked): Answer => {
      if (request.call === 'reset') {
        const { call: _, ...setting } = request
        judge = must(Judge.open(setting, [platform]))
        return { outcome: 'ok' }
      }
      const predictions = judge?.ask(request) ?? []
      judge?.keep(predictions, predictions.slice(0, 1))
      const answer = predictions[0]?.answer
      if (answer === undefined) throw new Error('there was no reset')
      return plant(request, answer)
    },
  }
}
