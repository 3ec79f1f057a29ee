import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readRepository, type TextFile } from './repository.js'
import { ruleTests } from './rule-tests.js'

const list = new URL('../report/explain/rule-tests.txt', import.meta.url)

test('report/explain/rule-tests.txt has the tests that name each rule', () => {
  const text = ruleTests(readRepository())
  if (process.env.DMAPROOF_UPDATE === '1') writeFileSync(list, text)
  expect(text).toBe(readFileSync(list, 'utf8'))
})

const rule: TextFile = {
  path: 'spec/vtd/faults.ts',
  text: "export const ring = { id: 'vtd.faults/ring' } as const satisfies Rule\n",
}
const linesOf = (text: string, path = 'model/a.test.ts') => ruleTests([rule, { path, text }]).split('\n').slice(0, -1)

test('a test names a rule by its id or by its constant, in its title, its body or its table', () => {
  expect(linesOf("test('a ring', () => expect(rules).toContain(ring))")).toEqual([
    'vtd.faults/ring\tmodel/a.test.ts\ta ring',
  ])
  expect(linesOf("test('vtd.faults/ring holds', () => {})")).toEqual([
    'vtd.faults/ring\tmodel/a.test.ts\tvtd.faults/ring holds',
  ])
  expect(linesOf("test.each([ring, ring])('%s', () => {})")).toEqual(['vtd.faults/ring\tmodel/a.test.ts\t%s'])
})

test('what stands outside all tests counts for the file; an import and another folder do not count', () => {
  expect(linesOf("const table = [ring]\ntest('a', () => {})")).toEqual(['vtd.faults/ring\tmodel/a.test.ts\t'])
  expect(linesOf("import { ring } from '../spec/index.js'\ntest('rings', () => {})")).toEqual([])
  expect(linesOf("test('a', () => ring)", 'report/a.test.ts')).toEqual([])
})
