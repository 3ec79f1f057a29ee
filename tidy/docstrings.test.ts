import { expect, test } from 'vitest'
import { docstrings } from './docstrings.js'
import { show } from './finding.js'
import { readRepository } from './repository.js'

const report = (...files: readonly [path: string, text: string][]) =>
  docstrings(files.map(([path, text]) => ({ path, text }))).map(show)

test('every export of the package has a docstring with an example', () => {
  expect(docstrings(readRepository()).map(show)).toEqual([])
})

const explained = '/**\n * One.\n *\n * @example\n * one()\n */\nexport const one = () => 1\n'

test('an export without a docstring, or without an example, is reported where it is declared', () => {
  expect(report(['api/index.ts', explained])).toEqual([])
  expect(report(['api/index.ts', 'export const two = 2\n'])).toEqual(['api/index.ts:1: export two has no docstring'])
  expect(report(['api/vitest.ts', '/** Three. */\nexport type Three = 3\n'])).toEqual([
    'api/vitest.ts:2: export Three has no example in its docstring',
  ])
})

test('exports are followed through other modules, namespaces and new names', () => {
  const words = `${explained}\nexport interface Four {}\n`
  const all = ['a.ts:9: export Five has no docstring', 'a.ts:9: export words.Four has no docstring']
  const index = "export * as words from '../b.js'\nexport { type Four as Five, one } from '../b.js'\n"
  expect(report(['api/index.ts', index], ['b.ts', "export * from './a.js'\n"], ['a.ts', words]).sort()).toEqual(
    all.sort(),
  )
})
