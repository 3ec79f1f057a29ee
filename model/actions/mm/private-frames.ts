import type { Machine } from '../../machine/machine.js'
import type { State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { allocatePrivate } from './frame-allocator.js'

/** A private page's frame, allocated on its first fault. @returns frame + 1, or 0 */
export function backPrivately(m: Machine, s: State, gfn: Gfn): number {
  if (s.privateFrame[gfn] === 0) s.privateFrame[gfn] = allocatePrivate(m, s, gfn)
  return s.privateFrame[gfn]
}
