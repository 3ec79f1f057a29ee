/**
 * Prints which tests failed and why, then how many tests, and how many runs of the Linux leg, passed, failed and were
 * skipped; fails if any failed, or if a run of vitest came to no test. Called with the log of the Linux leg, then with
 * vitest's JSON result of each run. The tests that failed stand last, as the output of the Linux leg is long.
 */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const [linuxLog, ...results] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'))

/**
 * What became of each test of a run, by file and name. A file that cannot be loaded, or whose hooks fail, fails without
 * a test of its own; it counts as one. A result is empty where vitest never started.
 */
function outcomesOf(result) {
  const outcomes = new Map()
  for (const { name: path, status, message = '', assertionResults } of result === ''
    ? []
    : JSON.parse(result).testResults) {
    const file = relative('', path)
    const seen = new Map()
    for (const { fullName, status: own, failureMessages = [] } of assertionResults) {
      const before = seen.get(fullName) ?? 0 // tests of one name are told apart by their order
      seen.set(fullName, before + 1)
      const name = `${file} > ${fullName}`
      outcomes.set(`${name} ${before}`, { name, status: own, why: failureMessages.join('\n') })
    }
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
      outcomes.set(file, { name: file, status, why: message })
  }
  return outcomes
}

const runs = results.map(outcomesOf)
// What one run leaves to the other is skipped in it: a test is skipped if all runs skip it.
const tests = [...new Set(runs.flatMap((run) => [...run.keys()]))].map((test) => {
  const outcomes = runs.map((run) => run.get(test)).filter((outcome) => outcome !== undefined)
  return (
    ['failed', 'passed'].flatMap((status) => outcomes.find((outcome) => outcome.status === status) ?? [])[0] ??
    outcomes[0]
  )
})
const withStatus = (status) => tests.filter((test) => test.status === status)

/** The first lines of why a test failed: all of a diff can be longer than what a reader of CI is shown. */
const shortly = (why) =>
  stripVTControlCharacters(why)
    .trim()
    .split('\n')
    .slice(0, 8)
    .map((line) => `  ${line.slice(0, 200)}`)

for (const { name, why } of withStatus('failed')) console.log([`failed: ${name}`, ...shortly(why)].join('\n'))

// A leg that was left out has written nothing; one that broke off has no last line, and has failed.
const line = /^linux: (\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m.exec(linuxLog)
const broken = { passed: 0, failed: linuxLog ? 1 : 0, skipped: 0 }
const linux = line ? { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3] ?? 0) } : broken

const failed = withStatus('failed').length + linux.failed
const skipped = tests.length - withStatus('passed').length - withStatus('failed').length + linux.skipped
console.log(
  `${withStatus('passed').length + linux.passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
)
const cameToNothing = runs.some((run) => ![...run.values()].some(({ status }) => status === 'passed'))
process.exitCode = failed > 0 || cameToNothing ? 1 : 0
