import { expect, test } from 'vitest'
import { show } from './finding.js'
import { readRepository } from './repository.js'
import { sharedNames, unsharedNames } from './shared-names.js'

const report = (texts: Readonly<Record<string, string>>) =>
  sharedNames(Object.entries(texts).map(([path, text]) => ({ path, text }))).map(show)

const repository = readRepository()

test('each name that this repository exports has one meaning', () => {
  expect(sharedNames(repository).map(show)).toEqual([])
})

test('a name that a second file exports is reported with the place of the first', () => {
  const told = (name: string) => `b/c.ts:2: ${name} is exported by a.ts:1 too; give one of them the name of what it is`
  expect(report({ 'a.ts': 'export interface Cell {}\n', 'b/c.ts': '\nexport type Cell = 1\n' })).toEqual([told('Cell')])
  expect(report({ 'a.ts': 'export const parse = 1\n', 'b/c.ts': '\nexport function parse() {}\n' })).toEqual([
    told('parse'),
  ])
  expect(report({ 'a.ts': 'export class Row {}\n', 'b/c.ts': '\nexport enum Row {}\n' })).toEqual([told('Row')])
})

test('one file may overload a name, and pass one on; what is not exported counts for nothing', () => {
  const overloaded = 'export function f(a: 1): 1\nexport function f(a: 2): 2\nexport function f() {}\n'
  expect(report({ 'a.ts': overloaded, 'b.ts': "export { f } from './a.js'\n", 'c.ts': 'const f = 1\n' })).toEqual([])
})

test('words of a vocabulary may be those of the model, its types may not; tests are not asked', () => {
  const model = { 'model/a.ts': 'export const count = 1\nexport type Test = 1\n' }
  expect(report({ ...model, 'designs/vocabulary/a.ts': 'export const count = 2\n' })).toEqual([])
  expect(report({ ...model, 'designs/vocabulary/a.ts': 'export type Test = 2\n' })).toHaveLength(1)
  expect(
    report({ ...model, 'model/testing/a.ts': 'export type Test = 2\n', 'a.test.ts': 'export type Test = 3' }),
  ).toEqual([])
})

test('a name that may be shared is; one that no longer is, has to leave the list', () => {
  expect(unsharedNames(repository)).toEqual([])
  const texts = { 'a.ts': 'export const pkvm = 1\n', 'b.ts': 'export const pkvm = 2\n' }
  expect(report(texts)).toEqual([])
  const files = Object.entries(texts).map(([path, text]) => ({ path, text }))
  expect(unsharedNames(files)).not.toContain('pkvm')
  expect(unsharedNames(files.slice(1))).toContain('pkvm')
})
