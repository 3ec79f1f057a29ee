import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-count-'))

/** Why a test failed, as vitest says it: in colour, and of more lines than are shown. */
const why = [
  '\u001b[31mError\u001b[39m: spawnSync git ENOMEM',
  ...Array.from({ length: 20 }, (_, at) => `at line ${at}`),
]

/** A run's JSON result: what became of each test of one file, by name. */
const run = (outcomes: Readonly<Record<string, string>>, status = 'passed') => {
  const assertionResults = Object.entries(outcomes).map(([fullName, own]) => ({
    fullName,
    status: own,
    failureMessages: own === 'failed' ? [why.join('\n')] : [],
  }))
  return JSON.stringify({ testResults: [{ name: resolve('a.test.ts'), status, message: why[0], assertionResults }] })
}

/** What `.ci/count.mjs` prints, and its exit status, for the log of the Linux leg and the results of runs. */
function printed(linuxLog: string, ...results: string[]): { lines: string[]; status: number | null } {
  const paths = [linuxLog, ...results].map((text, index) => {
    const path = join(folder, String(index))
    writeFileSync(path, text)
    return path
  })
  const { stdout, status } = spawnSync(process.execPath, ['.ci/count.mjs', ...paths], { encoding: 'utf8' })
  return { lines: stdout.trimEnd().split('\n'), status }
}

/** The last line alone. */
function counted(linuxLog: string, ...results: string[]) {
  const { lines, status } = printed(linuxLog, ...results)
  return [lines.at(-1), status]
}

const short = run({ quick: 'passed', slow: 'skipped', elsewhere: 'skipped' })
const long = run({ quick: 'skipped', slow: 'passed', elsewhere: 'skipped' })

test('a test that one run leaves to the other counts once, and as skipped only if both leave it out', () => {
  expect(counted('', short, long)).toEqual(['2 passed, 0 failed, 1 skipped', 0])
  expect(counted('linux: 3 passed, 0 failed, 1 skipped', short, long)).toEqual(['5 passed, 0 failed, 2 skipped', 0])
})

test('a failure in either run fails, and so do a file without tests of its own and a Linux leg without an end', () => {
  expect(counted('', short, run({ slow: 'failed' }, 'failed'))).toEqual(['1 passed, 1 failed, 1 skipped', 1])
  expect(counted('', short, run({}, 'failed'))).toEqual(['1 passed, 1 failed, 2 skipped', 1])
  expect(counted('booting', short, long)).toEqual(['2 passed, 1 failed, 1 skipped', 1])
})

test('a run that came to no test fails, whatever the other did', () => {
  expect(counted('', short, '')).toEqual(['1 passed, 0 failed, 2 skipped', 1])
  expect(counted('', run({ slow: 'skipped' }), long)).toEqual(['1 passed, 0 failed, 2 skipped', 1])
})

test('the tests that failed are named before the count, with the first lines of why', () => {
  const { lines } = printed('', short, run({ slow: 'failed' }, 'failed'))
  expect(lines.slice(0, 2)).toEqual(['failed: a.test.ts > slow', '  Error: spawnSync git ENOMEM'])
  expect(lines).toHaveLength(10)
  expect(printed('', short, run({}, 'failed')).lines.slice(0, 2)).toEqual([
    'failed: a.test.ts',
    '  Error: spawnSync git ENOMEM',
  ])
  expect(printed('', short, long).lines).toHaveLength(1)
})
