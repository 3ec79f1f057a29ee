import type { Plan } from '../../model/plan/plan.js'
import { eachUnansweredPrivatePage } from './loops.js'
import { chunk, page } from './ranges.js'

/** Pages of a conversion to private that is refused go back to shared, whatever they hold. */
export const shareAgain: Plan = [
  {
    each: eachUnansweredPrivatePage(chunk),
    body: [
      { call: 'set-shared', on: page, fail: 'ignore' },
      { call: 'discard-private', on: page, fail: 'ignore' },
    ],
  },
]
