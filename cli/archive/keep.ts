import type { Judged } from '../../report/text/judged.js'
import { saveTrace } from '../../search/archive/save.js'
import { writeTrace } from '../../search/trace.js'
import type { Verdict, VerdictName } from '../../search/verdict.js'
import { Status } from '../exit-status.js'
import type { Io } from '../terminal/io.js'
import { complain } from '../terminal/io.js'

/** Puts the counterexamples of verdicts on disk, before anything of them is printed. */
export function keepAll(verdicts: readonly Verdict[], folder: string): Judged[] {
  return verdicts.map((verdict) =>
    verdict.trace === undefined ? { verdict } : { verdict, saved: saveTrace(verdict.trace, folder) },
  )
}

/**
 * Says once that counterexamples could not be saved, and prints them where that was not done.
 *
 * @param print where to; undefined if they stand in full in what was printed
 * @returns whether that was so
 */
export function complainUnsaved(io: Io, judged: readonly Judged[], print?: (text: string) => void): boolean {
  const failed = judged.flatMap(({ saved }) => (saved?.ok === false ? [saved.message] : []))
  const [first] = failed
  if (first === undefined) return false
  const others = failed.length === 1 ? '' : ` (and ${failed.length - 1} more)`
  complain(io, `${first}${others}; nothing is lost: in full ${print === undefined ? 'above' : 'below'}`)
  for (const { verdict, saved } of judged) {
    if (saved?.ok === false && verdict.trace !== undefined) print?.(writeTrace(verdict.trace))
  }
  return true
}

/**
 * A violation outranks what was bad, as a folder that could not be written: it is the answer, and it was printed in
 * full.
 */
export function statusOf(
  verdicts: readonly VerdictName[],
  how: { readonly isBad: boolean; readonly isWhole: boolean },
): number {
  if (verdicts.includes('violated')) return Status.Violated
  if (how.isBad) return Status.BadInput
  const isOpen = !how.isWhole || verdicts.includes('inconclusive') || verdicts.includes('vacuous')
  return isOpen ? Status.Inconclusive : Status.Held
}
