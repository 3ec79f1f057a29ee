import { expect, test } from 'vitest'
import { show } from './finding.js'
import { findMarks } from './marks.js'
import { readRepository } from './repository.js'

const report = (text: string, path = 'docs/guide.md') => findMarks([{ path, text }]).map(show)

test('this repository has no marks of unfinished work and no paths of one machine', () => {
  expect(findMarks(readRepository()).map(show)).toEqual([])
})

test.each(['TODO', 'FIXME', 'XXX', 'HACK'])('%s is reported with file and line', (mark) => {
  expect(report(`first\n// ${mark}: later\n`)).toEqual([`docs/guide.md:2: mark of unfinished work: ${mark}`])
})

test('a test that runs alone or is left out is reported', () => {
  const path = 'model/step.test.ts'
  expect(report("test.only('a', f)", path)).toEqual([`${path}:1: test run alone or left out: .only(`])
  expect(report("test.skip.each([1])('a', f)", path)).toHaveLength(1)
  expect(report("test.todo('a')", path)).toHaveLength(1)
  expect(report("test.skipIf(noQemu)('a', f)", path)).toEqual([])
})

test.each(['/work/main', '/home/me', '/tmp/trace', '/root/x', '/Users/me'])('the path %s is reported', (path) => {
  expect(report(`see ${path}/a.md`)).toHaveLength(1)
  expect(report(`"${path}/a.md"`)).toHaveLength(1)
})

test('a path inside the repository or on the web may have folders of the same names', () => {
  expect(report('docs/work/a.md ./tmp/b https://example.org/home/c')).toEqual([])
})

test('a path to a sibling of the repository is reported', () => {
  expect(report('[design](../shared/design.md)')).toHaveLength(1)
  expect(report("import { sharedAlias } from '../shared-alias.js'", 'designs/index.ts')).toEqual([])
})

test('a lock file that names a registry host is reported, and its hashes are not read as marks', () => {
  const path = 'package-lock.json'
  expect(report('"resolved": "https://registry.example/a.tgz"', path)).toHaveLength(1)
  expect(report('"integrity": "sha512-/XXX+/tmp/"', path)).toEqual([])
})
