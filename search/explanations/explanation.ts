import type { Scope } from '../../model/machine/scope.js'

/** Why a design violates a property. Each pinned violation has an explanation, and each explanation a violation. */
export interface Explanation {
  /** Full names of designs; a design's variants are named one by one. */
  readonly designs: readonly string[]
  readonly property: string
  readonly backing?: Scope['backing']
  /** Words that the platform or the scope must have: `drain=none`. */
  readonly where?: string
  readonly because: string
}
