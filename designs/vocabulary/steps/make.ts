import type { Kind } from '../../../model/actions/relation.js'
import { reg } from '../../../model/machine/registers.js'
import type { Operand, Range, Step } from '../../../model/plan/plan.js'

// How steps are made: an action of the relation, and its parameters as operands.

/** When a step exists. */
export type On = Exclude<Step['on'], undefined>

/** A step that takes an action of the relation. @param args its parameters but `vcpu`, in the order of the row */
export function act(row: Kind, args: readonly Operand[], more: Omit<Step, 'row' | 'args'> = {}): Step {
  return { row, args, ...more }
}

export const cursor = reg('cursor')
export const turn = reg('turn')
export const stride = reg('stride')
/** The number of pages of a range, as an operand. */
export const count =
  (range: Range): Operand =>
  (m, s, v) =>
    range.end(m, s, v) - range.first(m, s, v)
/** A fixed number, as an operand. */
export const constant =
  (value: number): Operand =>
  () =>
    value

/** A step on a range, whose parameters are the first page and the number of pages. */
export const over = (row: Kind, range: Range, more: Omit<Step, 'row' | 'args'> = {}): Step =>
  act(row, [range?.first, count(range)], { range, ...more })

/**
 * The domain that the container's devices use now.
 *
 * @example
 * steps.clflushTables(ranges.given, steps.domain)
 */
export const domain: Operand = (_, s) => s.domain[0]
/**
 * The domain that the container's devices do not use now, where a driver builds a second one.
 *
 * @example
 * loops.eachLeaf(ranges.allPages, steps.otherDomain)
 */
export const otherDomain: Operand = (_, s) => 1 - s.domain[0]
/**
 * For `on` of a step: where shared and private are two states of one frame.
 *
 * @example
 * { ...steps.unmapHost(ranges.given), on: steps.inPlace }
 */
export const inPlace: On = (m) => m.scope.backing === 'in-place'
/**
 * For `on` of a step: where the two sides of a page have frames of their own.
 *
 * @example
 * { ...steps.punchShared, on: steps.separate }
 */
export const separate: On = (m) => m.scope.backing === 'separate'
