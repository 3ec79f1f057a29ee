import type { VerdictName } from '../search/verdict.js'

/** How the command ends, for scripts. */
export const Status = {
  /** Held, or nothing found; for a command that searches nothing: done. */
  Held: 0,
  /** A property is violated, or a trace's violation is there again. */
  Violated: 1,
  /** Usage or bad input: what the user can put right. */
  BadInput: 2,
  /** Inconclusive or vacuous: a run that says nothing. */
  Inconclusive: 3,
  /** An internal error: dmaproof is wrong, not its input. */
  InternalError: 70,
} as const

/** A violation outranks bad input, such as a folder that could not be written: it is the answer, and it was printed. */
export function statusOf(
  verdicts: readonly VerdictName[],
  how: { readonly isBad: boolean; readonly isWhole: boolean },
): number {
  if (verdicts.includes('violated')) return Status.Violated
  if (how.isBad) return Status.BadInput
  const isOpen = !how.isWhole || verdicts.includes('inconclusive') || verdicts.includes('vacuous')
  return isOpen ? Status.Inconclusive : Status.Held
}

/** The status of several inputs of one command: what was not read outranks a violation, and that an open question. */
export const worstStatus = (statuses: readonly number[]): number =>
  ascending.findLast((status) => statuses.includes(status)) ?? Status.Held

const ascending: readonly number[] = [
  Status.Held,
  Status.Inconclusive,
  Status.Violated,
  Status.BadInput,
  Status.InternalError,
]
