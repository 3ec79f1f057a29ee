/**
 * Prints how many tests, and how many runs of the Linux leg, passed, failed and were skipped; fails if any failed, or
 * if a run of vitest came to no test. Called with the log of the Linux leg, then with vitest's JSON result of each run.
 */
import { readFileSync } from 'node:fs'

const [linuxLog, ...results] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'))

/**
 * What became of each test of a run, by file and name. A file that cannot be loaded, or whose hooks fail, fails without
 * a test of its own; it counts as one. A result is empty where vitest never started.
 */
function outcomesOf(result) {
  const outcomes = new Map()
  for (const { name: file, status, assertionResults } of result === '' ? [] : JSON.parse(result).testResults) {
    const seen = new Map()
    for (const { fullName, status: own } of assertionResults) {
      const before = seen.get(fullName) ?? 0 // tests of one name are told apart by their order
      seen.set(fullName, before + 1)
      outcomes.set(`${file} ${fullName} ${before}`, own)
    }
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) outcomes.set(file, status)
  }
  return outcomes
}

const runs = results.map(outcomesOf)
// What one run leaves to the other is skipped in it: a test is skipped if all runs skip it.
const tests = [...new Set(runs.flatMap((run) => [...run.keys()]))].map((test) => {
  const outcomes = runs.map((run) => run.get(test))
  return ['failed', 'passed'].find((status) => outcomes.includes(status)) ?? 'skipped'
})
const count = (status) => tests.filter((test) => test === status).length

// A leg that was left out has written nothing; one that broke off has no last line, and has failed.
const line = /^linux: (\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m.exec(linuxLog)
const broken = { passed: 0, failed: linuxLog ? 1 : 0, skipped: 0 }
const linux = line ? { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3] ?? 0) } : broken

const failed = count('failed') + linux.failed
const skipped = count('skipped') + linux.skipped
console.log(`${count('passed') + linux.passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 || runs.some((run) => ![...run.values()].includes('passed')) ? 1 : 0
