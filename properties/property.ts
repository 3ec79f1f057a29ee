import type { Machine } from '../model/machine/machine.js'
import type { Part } from '../model/machine/parts.js'
import type { State } from '../model/machine/state.js'
import type { Gfn } from '../model/machine/units.js'
import type { Rule } from '../spec/index.js'

/** What must hold. It is judged after every step: at the pages that the step touched, and once as a whole. */
export interface Property {
  readonly name: string
  readonly statement: string
  /** The rules on which it rests. */
  readonly rules: readonly [Rule, ...Rule[]]
  /** Parts of the machine without which it is never exercised. */
  readonly parts: readonly Part[]
  /** Whether it needs a budget of failures to be exercised. */
  readonly needsFailures?: boolean
  /** Whether it holds at a page, in the state after a step. */
  readonly holdsAt?: (m: Machine, s: State, gfn: Gfn) => boolean
  /** Whether the step itself, or the state as a whole, is as it must be. */
  readonly holdsAfter?: (m: Machine, s: State) => boolean
  /** Whether `holdsAfter` can fail only at a step of which the event tells (`Effects.tells`). */
  readonly ofEvents?: boolean
  /** One failure, in a sentence. */
  readonly explain: (m: Machine, s: State, gfn: Gfn) => string
  /** What a run must have seen, or a pass is empty. */
  readonly witness: string
  /** Which parts of the witness the last step showed, as bits. */
  readonly witnessBits: (m: Machine, s: State) => number
  /** All bits of the witness. */
  readonly fullWitness: number
}
