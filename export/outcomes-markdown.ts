import { counted } from '../base/plural.js'
import { bySuite, type CiOutcome, type OutcomeStatus, outcomeCount } from '../report/ci/outcome.js'
import { foldText } from '../report/columns/fold.js'
import { code, diagram, fenced, foldedDiagram } from './markdown.js'
import { checkedOf } from './transcript/checked.js'
import { mermaidOfTranscript } from './transcript/mermaid.js'

/** What is shown, at most: GitHub takes a summary of 1 MiB. */
const most = { suites: 100, cases: 20, characters: 300_000 } as const

const statuses: readonly OutcomeStatus[] = ['fail', 'error', 'pass', 'skip']

/**
 * What a command judged, for a pull request or the summary of a job: a table of the suites, those with a failure first,
 * then each case that failed or could not be told, with its counterexample.
 */
export function outcomesMarkdown(command: string, outcomes: readonly CiOutcome[]): string {
  const said = statuses.filter((status) => outcomeCount(outcomes, status) > 0)
  const statusCounts = said.map((status) => `${outcomeCount(outcomes, status)} ${status}`).join(', ')
  const parts = [
    `## dmaproof ${command}: ${statusCounts === '' ? 'nothing was judged' : statusCounts}`,
    table(outcomes),
  ]
  const bad = outcomes.filter(({ status }) => status === 'fail' || status === 'error')
  let left = most.characters - parts.join('').length
  let shown = 0
  for (const outcome of bad.slice(0, most.cases)) {
    const part = caseText(outcome)
    if (part.length > left) break
    left -= part.length
    shown += 1
    parts.push(part)
  }
  if (shown < bad.length) parts.push(`Not shown here: ${counted(bad.length - shown, 'more case')}.`)
  return `${parts.join('\n\n')}\n`
}

/** A bar would begin another cell, so another sign stands for it: renderers differ in what escapes it in code. */
function table(outcomes: readonly CiOutcome[]): string {
  const suites = [...bySuite(outcomes)].map(([suite, cases]) => ({
    suite,
    counts: statuses.map((one) => outcomeCount(cases, one)),
  }))
  const isBad = ({ counts: [fail = 0, error = 0] }: (typeof suites)[number]) => fail + error > 0
  const ordered = [...suites.filter(isBad), ...suites.filter((one) => !isBad(one))]
  const rows = ordered
    .slice(0, most.suites)
    .map(({ suite, counts }) => `| ${code(suite.replaceAll('|', '¦'))} | ${counts.join(' | ')} |`)
  const rest = suites.length - rows.length
  return [
    `| | ${statuses.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(statuses.length)}`,
    ...rows,
    ...(rest > 0 ? [`| ${rest} more | | | | |`] : []),
  ].join('\n')
}

function caseText({ suite, name, status, why, detail, trace, replied }: CiOutcome): string {
  return [
    `### ${status === 'fail' ? '✗' : '?'} ${code(name)}`,
    `On ${code(suite)}:`,
    fenced('text', foldText(detail === undefined || detail === '' ? why : detail)),
    ...(trace === undefined ? [] : [diagram(trace)]),
    ...(replied === undefined ? [] : [foldedDiagram(mermaidOfTranscript(checkedOf(replied)))]),
  ].join('\n\n')
}
