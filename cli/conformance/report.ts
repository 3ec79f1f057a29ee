import { problemText, type Result } from '../../base/result.js'
import type { Divergence } from '../../conform/oracle/check.js'
import type { Report } from '../../conform/runner/report.js'
import { outcomesOfConformance } from '../../report/ci/conform.js'
import { conformJson } from '../../report/json/conform.js'
import { replayOnText } from '../../report/text/command.js'
import { conformText } from '../../report/text/conform.js'
import { makePaint } from '../../report/text/paint.js'
import { Status } from '../exit-status.js'
import { type CiReports, writeCiReports } from '../options/ci-reports.js'
import { complain, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'

/** Where each divergence went. */
export type KeptDivergences = ReadonlyMap<Divergence, Result<string>>

export interface ReportOptions extends CiReports {
  readonly json?: boolean
  /** The target, as a command line has it. */
  readonly word: string
  /** Why not all was asked; absent if it was. */
  readonly open?: string | undefined
}

/** Prints the result of a conformance run, and which files could not be written. @returns the exit status */
export function printReport(io: Io, found: Report, options: ReportOptions, kept: KeptDivergences): number {
  const { json, word } = options
  const paths = found.divergences.map(({ divergence }) => {
    const saved = kept.get(divergence)
    return saved?.ok === true ? saved.value : null
  })
  const replays = paths.map((path) => path && replayOnText(path, word))
  if (json === true) io.out(conformJson(found, paths))
  else report(io, conformText(found, replays, makePaint(io.colors)))
  const unsaved = [...kept.values()].find((saved) => !saved.ok)
  if (unsaved?.ok === false) complain(io, `${problemText(unsaved.problem)}; nothing is lost: in full above`)
  const isWritten = writeCiReports(io, options, {
    command: 'conform',
    outcomes: () => outcomesOfConformance(found),
    open: options.open,
    seconds: found.seconds,
  })
  if (found.divergences.length > 0) return Status.Violated
  if (unsaved !== undefined || !isWritten) return Status.BadInput
  return found.cut === undefined && options.open === undefined && found.sequences > 0
    ? Status.Held
    : Status.Inconclusive
}
