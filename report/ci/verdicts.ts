import type { Verdict, VerdictName } from '../../search/verdict.js'
import { columnsOfTrace } from '../columns/columns.js'
import { replayText } from '../text/command.js'
import { type Judged, pathOf } from '../text/judged.js'
import { machineOf } from '../text/machine.js'
import type { CiOutcome, OutcomeStatus } from './outcome.js'

/** What a verdict is to a CI. A pass that says nothing is none. */
const statuses: Readonly<Record<VerdictName, OutcomeStatus>> = {
  violated: 'fail',
  held: 'pass',
  'none-found': 'pass',
  inconclusive: 'error',
  vacuous: 'error',
  'not-applicable': 'skip',
}

/** Verdicts as test cases: a suite a machine, a case a property. */
export const outcomesOfVerdicts = (judged: readonly Judged[]): CiOutcome[] => judged.map(outcomeOf)

function outcomeOf(judged: Judged): CiOutcome {
  const { verdict } = judged
  const { property: name, verdict: said, why } = verdict
  const base = { suite: suiteOf(verdict), name, status: statuses[said], why: `${said}: ${why}` }
  return verdict.trace === undefined ? base : { ...base, detail: detailOf(judged), trace: verdict.trace }
}

/** The machine that was asked for, with its sizes: another one with other sizes is another suite. */
function suiteOf(verdict: Verdict): string {
  const asked = { ...verdict, ...verdict.found?.asked }
  return [machineOf(asked), asked.scope, ...asked.parts.map((part) => `with ${part}`)].join(' · ')
}

function detailOf(judged: Judged): string {
  const { trace } = judged.verdict
  const path = pathOf(judged)
  if (trace === undefined) return ''
  const replay = path === null ? [] : ['', `replay: ${replayText(trace, path)}`]
  return [columnsOfTrace(trace), ...replay].join('\n')
}
