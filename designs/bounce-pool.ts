import { reg } from '../model/machine/registers.js'
import { Attr } from '../model/machine/state.js'
import type { Operand } from '../model/plan/plan.js'
import { crosvmFixedPool } from '../spec/index.js'
import type { Design } from './design.js'
import { type1v2 } from './drivers/vfio-type1.js'
import { eachUnacknowledgedUnmappedRun } from './vocabulary/loops.js'
import { chunk, run } from './vocabulary/ranges.js'
import { acquire, checkPool, release } from './vocabulary/steps.js'

/** Pages of the pool, which begins with the guest, may become shared once. */
const poolNotYetShared =
  (superpages: number): Operand =>
  (m, s, v) =>
    reg('chunkEnd')(m, s, v) <= superpages * m.perSuper && s.attr[reg('chunkFirst')(m, s, v)] === Attr.Private ? 1 : 0

/**
 * Nothing ever leaves the pool, so nothing can be left behind in it; the price is a copy of every buffer.
 *
 * @param superpages of the pool
 */
export const bouncePoolOf = (superpages: number): Design => ({
  name: 'bounce-pool',
  summary: 'A fixed pool is shared at boot; everything else is private for good, and every later request is refused.',
  source: 'crosvm: protected VMs bounce through a static restricted DMA pool (swiotlb)',
  lock: 'one lock per VM around a conversion',
  drivers: [type1v2],
  backings: ['separate', 'in-place'],
  scope: { start: 'private', requests: 'superpages' },
  bootRequest: true,
  refuses: crosvmFixedPool,
  mapsOnce: true,
  boot: [],
  toPrivate: [acquire('vm'), checkPool(chunk, () => 0), release('vm')],
  toShared: [
    acquire('vm'),
    checkPool(chunk, poolNotYetShared(superpages)),
    { call: 'set-shared', on: chunk },
    { call: 'discard-private', on: chunk },
    { call: 'map', on: chunk },
    release('vm'),
  ],
  /** A pool that cannot be mapped is private again, so that the guest may ask for it once more. */
  undoShared: [
    {
      each: eachUnacknowledgedUnmappedRun(chunk),
      body: [
        { call: 'set-private', on: run, fail: 'ignore' },
        { call: 'discard-shared', on: run },
      ],
    },
  ],
})

/** A pool of one superpage, which the guest asks for at boot. */
export const bouncePool: Design = bouncePoolOf(1)
