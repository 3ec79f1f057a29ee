import { expect, test } from 'vitest'
import { show } from './finding.js'
import { folders } from './folders.js'
import { readRepository } from './repository.js'

const many = (count: number, folder: string) =>
  Array.from({ length: count }, (_, index) => ({ path: `${folder}file-${index}.ts`, text: '' }))
const table = (row: string) => ({ path: 'CONTRIBUTING.md', text: `Text.\n\n| folder | why |\n| --- | --- |\n${row}\n` })
const report = (files: Parameters<typeof folders>[0]) => folders(files).map(show)

test('folders of this repository are small, or say why not', () => {
  expect(folders(readRepository()).map(show)).toEqual([])
})

test('a folder of 15 files passes and one of 16 is reported', () => {
  expect(report(many(15, 'model/'))).toEqual([])
  expect(report(many(16, 'model/'))).toEqual(['model:1: 16 files; the ceiling is 15, unless CONTRIBUTING.md says why'])
})

test('tests and files of folders below are not counted', () => {
  expect(report([...many(15, 'a/'), ...many(15, 'a/b/'), { path: 'a/file.test.ts', text: '' }])).toEqual([])
})

test('the root has at most 12 files', () => {
  expect(report(many(12, ''))).toEqual([])
  expect(report(many(13, ''))).toHaveLength(1)
})

test('a reason allows a larger folder', () => {
  expect(report([...many(16, 'a/b/'), table('| `a/b/` | one file per test |')])).toEqual([])
  expect(report([...many(16, 'a/b/'), table('| `a/b/` | |')])).toEqual(['CONTRIBUTING.md:5: no reason for a/b/'])
})

test('a reason that is not needed is reported', () => {
  expect(report([...many(15, 'a/'), table('| `a/` | many |')])).toEqual(['CONTRIBUTING.md:5: a/ needs no reason'])
})
