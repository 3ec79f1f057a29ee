import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const report = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
})

/** A suite that was run. */
export interface RanSuite {
  readonly status: number | null
  readonly output: string
  /** The report for CI, with annotations. */
  readonly junit: string
  /** Tests by their full names; '' for one that passed, else its message. */
  readonly tests: Readonly<Record<string, string>>
}

/**
 * For tests: runs the suites of a folder in a process of its own, with vitest's own runner and as GitHub does.
 *
 * @param node the program that runs vitest
 */
export function runSuite(folder: string, node = process.execPath): RanSuite {
  const vitest = resolve('node_modules/vitest/vitest.mjs')
  const reporters = [
    '--reporter=default',
    '--reporter=github-actions',
    '--reporter=json',
    '--outputFile.json=report.json',
  ]
  const junit = ['--reporter=junit', '--outputFile.junit=report.xml']
  const { status, stdout, stderr } = spawnSync(node, [vitest, 'run', '--root', folder, ...reporters, ...junit], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, GITHUB_ACTIONS: 'true', NO_COLOR: '1' },
  })
  const { testResults } = report.parse(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')))
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  const tests = results.map(({ fullName, failureMessages }) => [fullName, failureMessages.join('\n')] as const)
  const xml = readFileSync(join(folder, 'report.xml'), 'utf8')
  return { status, output: stdout + stderr, junit: xml, tests: Object.fromEntries(tests) }
}

/** A message with each line in one again that was folded for a mail. */
export const unfolded = (message = ''): string => message.replace(/(?: \\)?\n {4}(?=\S)/g, ' ')
