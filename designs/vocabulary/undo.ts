import type { Plan } from '../../model/plan/plan.js'
import { eachUnacknowledgedMappedPage, eachUnacknowledgedUnmappedPage, eachUnansweredPrivatePage } from './loops.js'
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

/**
 * Pages of a conversion to shared that is refused, and that are not mapped, go back to private. A page that is mapped
 * stays as it is: another vCPU may ask for it as private once those that go back are unmapped.
 */
export const hideUnmapped: Plan = [
  {
    each: eachUnacknowledgedUnmappedPage(chunk),
    body: [
      { call: 'set-private', on: page, fail: 'ignore' },
      { call: 'discard-shared', on: page },
    ],
  },
]

/**
 * Pages of a conversion to shared that is refused go back to private, those that were mapped already as well.
 *
 * @param before of each of those, ahead of its unmap
 */
export const unshareAgain = (before: Plan = []): Plan => [
  {
    each: eachUnacknowledgedMappedPage(chunk),
    body: [...before, { call: 'unmap', on: page, fail: 'ignore' }],
  },
  ...hideUnmapped,
]
