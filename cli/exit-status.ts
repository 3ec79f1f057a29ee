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
  /** A bug of ours. */
  OurBug: 70,
} as const
