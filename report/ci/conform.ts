import type { Found, Report } from '../../conform/runner/report.js'
import { conformText, sumsText } from '../text/conform.js'
import { divergenceText, lastCall, protocolCallText, seenText } from '../text/divergence.js'
import { makePaint } from '../text/paint.js'
import type { CiOutcome, Replied } from './outcome.js'

/** A conformance run as test cases: one a kind of divergence, and one for the run as a whole where there is none. */
export function outcomesOfConformance(report: Report): CiOutcome[] {
  const { target, interface: on, divergences } = report
  const suite = `${target} · ${on}`
  if (divergences.length > 0) return divergences.map((found) => outcomeOf(suite, report, found))
  return [{ suite, name: 'all sequences', ...wholeOf(report) }]
}

/** A run that ended early, or asked nothing, has shown nothing. */
function wholeOf(report: Report): Pick<CiOutcome, 'status' | 'why' | 'detail'> {
  const detail = conformText(report, [], makePaint(false))
  if (report.cut !== undefined) return { status: 'error', why: `ended early: ${report.cut}`, detail }
  if (report.sequences === 0) return { status: 'error', why: 'no sequence was asked', detail }
  return { status: 'pass', why: `no divergence in ${sumsText(report)}` }
}

function outcomeOf(suite: string, header: Replied['header'], { divergence }: Found): CiOutcome {
  const { sequence, seen } = divergence
  const name = `${sequence.from}: ${lastCall(sequence.calls.map(protocolCallText))}`
  const replied = { header, divergence }
  return { suite, name, status: 'fail', why: seenText(seen), detail: divergenceText(divergence), replied }
}
