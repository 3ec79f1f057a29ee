import { expect, test } from 'vitest'
import { show } from './finding.js'
import { readRepository } from './repository.js'
import { sizes } from './sizes.js'

const report = (text: string, path = 'model/step.ts') => sizes([{ path, text }]).map(show)
const statements = (count: number) => 'f()\n'.repeat(count)

test('this repository keeps under its ceilings', () => {
  expect(sizes(readRepository()).map(show)).toEqual([])
})

test('a file of 300 lines passes and one of 301 is reported', () => {
  expect(report(statements(300))).toEqual([])
  expect(report(statements(301))).toEqual(['model/step.ts:301: file of 301 lines; the ceiling is 300'])
})

test('a line of 120 columns passes and one of 121 is reported', () => {
  expect(report(`// ${'→'.repeat(117)}\n`)).toEqual([])
  expect(report(`\n// ${'→'.repeat(118)}\n`)).toEqual(['model/step.ts:2: line of 121 columns; the ceiling is 120'])
})

test('a function of 40 lines passes and one of 41 is reported', () => {
  expect(report(`function f() {\n${statements(38)}}\n`)).toEqual([])
  expect(report(`\nfunction f() {\n${statements(39)}}\n`)).toEqual([
    'model/step.ts:2: function of 41 lines; the ceiling is 40',
  ])
})

test('arrow functions and methods have the same ceiling', () => {
  expect(report(`const f = () => {\n${statements(39)}}\n`)).toHaveLength(1)
  expect(report(`class A {\n  f() {\n${statements(39)}}\n}\n`)).toHaveLength(1)
  expect(report(`const a = {\n  f() {\n${statements(39)}}\n}\n`)).toHaveLength(1)
})

test('a describe may be longer than a function, a test inside it may not', () => {
  const group = (inner: string) => `describe('a', () => {\n${inner}})\n`
  expect(report(group(statements(60)))).toEqual([])
  expect(report(group(`test('b', () => {\n${statements(60)}})\n`))).toHaveLength(1)
  expect(report(group(statements(60)).replace('describe', 'describe.each([1])'))).toEqual([])
  expect(report(group(statements(60)).replace('describe', 'test.each([1])'))).toHaveLength(1)
})

test('a name that says nothing about what is inside is reported', () => {
  expect(report('', 'model/utils.ts')).toEqual(["model/utils.ts:1: 'utils.ts' says nothing about what is inside"])
  expect(report('', 'search/helpers/a.md')).toHaveLength(1)
  expect(report('', 'conform/misc')).toHaveLength(1)
  expect(report('', 'model/utilisation.ts')).toEqual([])
})
