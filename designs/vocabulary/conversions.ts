import type { CallFail, Plan } from '../../model/plan/plan.js'
import { chunk } from './ranges.js'
import { acquire, release } from './steps.js'

// Conversions in the order that most designs have, under the lock of the VM.

/** DMA goes first, then the attribute changes, then the shared side is discarded. */
export const toPrivateBy = (unmap: Plan, discard: { readonly fail?: CallFail } = {}): Plan => [
  acquire('vm'),
  ...unmap,
  { call: 'set-private', on: chunk },
  { call: 'discard-shared', on: chunk, ...discard },
  release('vm'),
]

/** The attribute changes first, then the private side is discarded, then DMA comes. */
export const toSharedBy = (map: Plan): Plan => [
  acquire('vm'),
  { call: 'set-shared', on: chunk },
  { call: 'discard-private', on: chunk },
  ...map,
  release('vm'),
]
