/** Prints how many tests of a vitest JSON result passed, failed and were skipped; fails if any failed or none ran. */
import { readFileSync } from 'node:fs'

const text = readFileSync(process.argv[2], 'utf8')
const { testResults } = text === '' ? { testResults: [] } : JSON.parse(text) // empty: vitest never started

// A file that cannot be loaded, or whose hooks fail, fails without a test of its own; it counts as one.
const statuses = testResults.flatMap(({ status, assertionResults }) => {
  const own = assertionResults.map((test) => test.status)
  return status === 'failed' && !own.includes('failed') ? [...own, status] : own
})
const passed = statuses.filter((status) => status === 'passed').length
const failed = statuses.filter((status) => status === 'failed').length
const skipped = statuses.length - passed - failed

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
