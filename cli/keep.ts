import type { Judged } from '../report/judged.js'
import { saveTrace } from '../report/save.js'
import type { Verdict } from '../search/verdict.js'
import type { Io } from './io.js'
import { complain } from './io.js'

/** Puts the counterexamples of verdicts on disk, before anything of them is printed. */
export function keepAll(verdicts: readonly Verdict[], folder: string): Judged[] {
  return verdicts.map((verdict) =>
    verdict.trace === undefined ? { verdict } : { verdict, saved: saveTrace(verdict.trace, folder) },
  )
}

/** Says once that counterexamples could not be saved. @returns whether that was so */
export function complainUnsaved(io: Io, judged: readonly Judged[], where: string): boolean {
  const failed = judged.flatMap(({ saved }) => (saved?.ok === false ? [saved.message] : []))
  const [first] = failed
  if (first === undefined) return false
  const others = failed.length === 1 ? '' : ` (and ${failed.length - 1} more)`
  complain(io, `${first}${others}; nothing is lost: in full ${where}`)
  return true
}
