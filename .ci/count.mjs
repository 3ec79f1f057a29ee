/**
 * Prints how many tests of a vitest JSON result, and how many runs of the Linux leg, passed, failed and were skipped;
 * fails if any failed or no test ran.
 */
import { readFileSync } from 'node:fs'

const [results, linuxLog] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'))
const { testResults } = results === '' ? { testResults: [] } : JSON.parse(results) // empty: vitest never started

// A file that cannot be loaded, or whose hooks fail, fails without a test of its own; it counts as one.
const statuses = testResults.flatMap(({ status, assertionResults }) => {
  const own = assertionResults.map((test) => test.status)
  return status === 'failed' && !own.includes('failed') ? [...own, status] : own
})
const tests = {
  passed: statuses.filter((status) => status === 'passed').length,
  failed: statuses.filter((status) => status === 'failed').length,
}
const skippedTests = statuses.length - tests.passed - tests.failed

// A leg that was left out has written nothing; one that broke off has no last line, and has failed.
const line = /^linux: (\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m.exec(linuxLog ?? '')
const broken = { passed: 0, failed: linuxLog ? 1 : 0, skipped: 0 }
const linux = line ? { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3] ?? 0) } : broken

const [passed, failed] = [tests.passed + linux.passed, tests.failed + linux.failed]
const skipped = skippedTests + linux.skipped
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 || tests.passed === 0 ? 1 : 0
