import { plainLine } from '../../base/visible.js'
import { bySuite, type CiOutcome, outcomeCount } from './outcome.js'

/**
 * A report in KTAP version 1, the form of the kernel's own tests: a subtest a suite
 * (Linux 6.12, Documentation/dev-tools/ktap.rst).
 */
export function ktapText(outcomes: readonly CiOutcome[]): string {
  const suites = [...bySuite(outcomes)]
  const lines = suites.flatMap(([suite, cases], at) => [...subtest(suite, cases), suiteLine(suite, cases, at + 1)])
  return `${['KTAP version 1', `1..${suites.length}`, ...lines].join('\n')}\n`
}

const subtest = (suite: string, cases: readonly CiOutcome[]): string[] =>
  ['KTAP version 1', `# Subtest: ${named(suite)}`, `1..${cases.length}`, ...cases.flatMap(caseLines)].map(
    (line) => `  ${line}`,
  )

function caseLines({ name, status, why, detail = '' }: CiOutcome, at: number): string[] {
  const result = `${status === 'pass' || status === 'skip' ? 'ok' : 'not ok'} ${at + 1} ${named(name)}`
  const directive = { pass: '', fail: '', skip: ` # SKIP ${plainLine(why)}`, error: ` # ERROR ${plainLine(why)}` }[
    status
  ]
  const told = status === 'fail' ? [why, ...detail.split('\n')] : []
  return [...told.map((line) => `# ${plainLine(line)}`.trimEnd()), result + directive]
}

/** A suite of which all was skipped is skipped; one in which something failed, or could not be told, is not ok. */
function suiteLine(suite: string, cases: readonly CiOutcome[], number: number): string {
  const isOk = outcomeCount(cases, 'fail') + outcomeCount(cases, 'error') === 0
  const directive = outcomeCount(cases, 'skip') === cases.length ? ' # SKIP' : ''
  return `${isOk ? 'ok' : 'not ok'} ${number} ${named(suite)}${directive}`
}

/** A description ends at the first `#`, behind which a directive stands. */
const named = (text: string): string => plainLine(text).replaceAll('#', '')
