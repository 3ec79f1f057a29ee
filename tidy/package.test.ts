import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { show } from './finding.js'
import { type Packed, packaged } from './package.js'
import { readRepository } from './repository.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const listing = z.tuple([z.object({ size: z.number(), files: z.array(z.object({ path: z.string() })) })])

let packed: Packed
/** Of the compressed package, in bytes. */
let size: number

beforeAll(() => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const json = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [found] = listing.parse(JSON.parse(json))
  const paths = new Set(found.files.map(({ path }) => path))
  packed = { paths, files: readRepository().filter(({ path }) => paths.has(path)) }
  size = found.size
}, 60_000)

test('the package has all that its manifest, documents and sources name, and nothing that is for tests', () => {
  expect(packaged(packed).map(show)).toEqual([])
})

test('the package is smaller than 2.8 MB', () => {
  expect(size).toBeLessThan(2.8e6)
})

const manifest = JSON.stringify({
  bin: { it: 'dist/cli/main.js' },
  exports: { '.': { types: './dist/api/index.d.ts' } },
})
const entry = ['dist/cli/main.js', 'dist/api/index.d.ts']

/** Reports on a package of these files, by path, and of what is built. */
const report = (texts: Readonly<Record<string, string>>, built: readonly string[] = entry) =>
  packaged({
    paths: new Set([...Object.keys(texts), ...built]),
    files: Object.entries(texts).map(([path, text]) => ({ path, text })),
  }).map(show)

test('a file for tests is told from the others', () => {
  const inside = ['dist/search/testing/race.js', 'dist/mutation/run.d.ts', 'bench/main.ts', 'cli/main.test.ts']
  expect(report({}, [...inside, 'dist/search/verdict.js', 'spec/questions.md'])).toEqual(
    inside.map((path) => `${path}:1: is for tests`),
  )
})

test('an entry of the manifest that is not packed is reported', () => {
  expect(report({ 'package.json': manifest })).toEqual([])
  expect(report({ 'package.json': manifest }, entry.slice(1))).toEqual([
    'package.json:1: not in the package: dist/cli/main.js',
  ])
  expect(report({ 'package.json': manifest }, entry.slice(0, 1))).toHaveLength(1)
})

test('a link to a file or folder that is not packed is reported with its line', () => {
  const text = '[a](docs/a.md) [b](docs/) [c](https://example.org/c) [d](#d) [e](docs/a.md#e)\n'
  expect(report({ 'README.md': text, 'docs/a.md': '[up](../README.md)' })).toEqual([])
  expect(report({ 'README.md': `${text}[f](docs/f.md)`, 'docs/a.md': '[g](g.md)' })).toEqual([
    'README.md:2: not in the package: docs/f.md',
    'docs/a.md:1: not in the package: g.md',
  ])
})

test('a source that is not compiled, and an import that is not packed, are reported', () => {
  const built = ['dist/a.js', 'dist/a.js.map', 'dist/a.d.ts']
  expect(report({ 'a.ts': "import 'zod'\n" }, built)).toEqual([])
  expect(report({ 'a.ts': "import './b.js'\n" }, built)).toEqual(['a.ts:1: not in the package: b.ts'])
  expect(report({ 'a.ts': '' }, built.slice(1))).toEqual(['a.ts:1: not in the package: dist/a.js'])
  expect(report({ 'a.ts': '' }, built.slice(0, 2))).toEqual(['a.ts:1: not in the package: dist/a.d.ts'])
  expect(report({ 'report/a.ts': '' }, ['dist/report/a.js', 'dist/report/a.js.map'])).toEqual([])
})
