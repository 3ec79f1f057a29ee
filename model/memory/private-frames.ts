import type { Machine } from '../machine/machine.js'
import { Owner, type State } from '../machine/state.js'
import type { Frame, Gfn } from '../machine/units.js'
import { allocatePrivate } from './frame-allocator.js'

/** The frame of a private page, allocated on its first fault. @returns frame + 1; 0 if no frame is free */
export function backPrivately(m: Machine, s: State, gfn: Gfn): number {
  if (s.privateFrame[gfn] === 0) s.privateFrame[gfn] = allocatePrivate(m, s, gfn)
  return s.privateFrame[gfn]
}

/** Of two backings: whether the private frame of a page is pinned, or in use. */
export function isPrivateFrameTaken(m: Machine, s: State, gfn: Gfn): boolean {
  const frame: Frame = 2 * m.pages + gfn
  return !m.inPlace && s.privateFrame[gfn] === 0 && (s.owner[frame] !== Owner.Free || s.pins[frame] > 0)
}
