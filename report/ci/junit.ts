import { visible } from '../../base/visible.js'
import { bySuite, type CiOutcome, outcomeCount } from './outcome.js'

/**
 * A JUnit report: what GitHub, GitLab and Jenkins read.
 *
 * @param name of the command
 * @param seconds that it took; left out where two reports are to be compared
 */
export function junitText(name: string, outcomes: readonly CiOutcome[], seconds?: number): string {
  const time = seconds === undefined ? '' : ` time="${seconds.toFixed(3)}"`
  const suites = [...bySuite(outcomes)].flatMap(([suite, cases]) => [
    `  <testsuite name="${inXml(suite)}" ${counts(cases)}>`,
    ...cases.map(testCase),
    '  </testsuite>',
  ])
  const head = `<testsuites name="${inXml(name)}" ${counts(outcomes)}${time}>`
  return `${['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites, '</testsuites>'].join('\n')}\n`
}

const counts = (cases: readonly CiOutcome[]): string =>
  `tests="${cases.length}" failures="${outcomeCount(cases, 'fail')}" errors="${outcomeCount(cases, 'error')}" ` +
  `skipped="${outcomeCount(cases, 'skip')}"`

function testCase(outcome: CiOutcome): string {
  const { suite, name, status, why, detail = '' } = outcome
  const open = `    <testcase classname="${inXml(suite)}" name="${inXml(name)}">`
  const message = inXml(why)
  const body = {
    pass: `<system-out>${message}</system-out>`,
    skip: `<skipped message="${message}"/>`,
    fail: `<failure message="${message}">${inXml(detail)}</failure>`,
    error: `<error message="${message}">${inXml(detail)}</error>`,
  }[status]
  return `${open}${body}</testcase>`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const inXml = (text: string): string =>
  // Noncharacters, which XML 1.0 cannot hold, become a question mark.
  visible(text)
    .replace(/[&<>"]/g, (sign) => entities[sign] ?? sign)
    .replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd]/g, '?')
