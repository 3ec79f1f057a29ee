import type { Machine } from '../../model/machine/machine.js'
import type { State } from '../../model/machine/state.js'

/** Charges page 1 to a process (as `State.payer`), and lets the first and the other one have so many pages locked. */
export const charged =
  (payer: number, first: number, other: number) =>
  (_: Machine, s: State): void => {
    s.payer[1] = payer
    s.lockedBy[0] = first
    s.lockedBy[1] = other
  }
