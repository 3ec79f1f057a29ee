import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'

const root = fileURLToPath(new URL('..', import.meta.url))
const listing = z.array(z.object({ files: z.array(z.object({ path: z.string() })) })).length(1)

/** Files of a package that are for the tests or the benchmarks of this repository. */
const internal = (paths: readonly string[]): string[] =>
  paths.filter((path) => /(^|\/)testing\/|^dist\/(mutation|bench|tidy)\/|\.test\./.test(path))

test('the package has the program, and neither test helpers, mutation testing nor benchmarks', () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const json = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const paths = listing.parse(JSON.parse(json))[0]?.files.map(({ path }) => path) ?? []
  expect(paths).toEqual(expect.arrayContaining(['dist/cli/main.js', 'dist/api/index.js']))
  expect(internal(paths)).toEqual([])
})

test('such files are told from the others', () => {
  const inner = ['dist/search/testing/race.js', 'dist/mutation/run.d.ts', 'dist/bench/main.js', 'dist/cli/main.test.js']
  expect(internal([...inner, 'dist/search/verdict.js', 'spec/questions.md'])).toEqual(inner)
})
