import { expect, test } from 'vitest'
import { cycles, folderCycles } from './cycles.js'
import { show } from './finding.js'
import { readRepository } from './repository.js'

const file = (path: string, ...imports: string[]) => ({
  path,
  text: imports.map((specifier) => `import '${specifier}'\n`).join(''),
})
const typesOf = (path: string, specifier: string) => ({ path, text: `import type { A } from '${specifier}'` })

const repository = readRepository()

test('no files of this repository import each other in a circle', () => {
  expect(cycles(repository).map(show)).toEqual([])
})

test('no folders of this repository import each other in a circle, but those that say why', () => {
  expect(folderCycles(repository).map(show)).toEqual([])
})

test('a circle is reported where it closes, with every file on it', () => {
  const files = [file('model/a.ts', './b.js'), file('model/b.ts', './d.js', './c.js'), file('model/c.ts', './a.js')]
  expect(cycles([...files, file('model/d.ts')]).map(show)).toEqual([
    'model/c.ts:1: closes a circle: model/a.ts → model/b.ts → model/c.ts → model/a.ts',
  ])
})

test.each([
  "import type { B } from './b.js'",
  "export type { B } from './b.js'",
  "export type * from './b.js'",
  "export type A = import('./b.js').B",
  "import { type B } from './b.js'",
  "import { type B, b } from './b.js'",
  "export { b } from './b.js'",
  "const b = import('./b.js')",
])('a circle that %s closes is reported', (text) => {
  expect(cycles([{ path: 'spec/a.ts', text }, file('spec/b.ts', './a.js')])).toHaveLength(1)
})

test('a file that imports itself is a circle', () => {
  expect(cycles([file('model/a.ts', './a.js')])).toHaveLength(1)
})

test('two ways to the same file are no circle', () => {
  const files = [file('model/a.ts', './b.js', './c.js'), file('model/b.ts', './d.js'), file('model/c.ts', './d.js')]
  expect(cycles([...files, file('model/d.ts')])).toEqual([])
})

/** Two folders of `cli` that use each other, without a circle of files. */
const bothWays = [
  file('cli/commands/a.ts', '../options/deep/b.js'),
  typesOf('cli/options/c.ts', '../commands/d.js'),
  file('cli/options/deep/b.ts'),
  file('cli/commands/d.ts'),
]

test('folders that import from each other are reported, at any depth, by types as well', () => {
  expect(cycles(bothWays)).toEqual([])
  expect(folderCycles(bothWays).map(show)).toEqual([
    'cli/options/c.ts:1: closes a circle of folders: cli/commands → cli/options → cli/commands',
  ])
})

test('folders of the root are reported', () => {
  const files = [file('model/actions/a.ts', '../../designs/b.js'), typesOf('designs/c.ts', '../model/d.js')]
  expect(folderCycles(files).map(show)).toEqual(['designs/c.ts:1: closes a circle of folders: model → designs → model'])
})

test('a circle by way of a third folder is reported', () => {
  const files = [file('a/x/1.ts', '../y/1.js'), file('a/y/2.ts', '../z/1.js'), file('a/z/2.ts', '../x/2.js')]
  expect(folderCycles(files).map(({ message }) => message)).toEqual([
    'closes a circle of folders: a/x → a/y → a/z → a/x',
  ])
})

test('an index over the parts of a folder, and what the parts share, are no circle', () => {
  const files = [file('cases/index.ts', './sept/a.js'), file('cases/sept/a.ts', '../named.js'), file('cases/named.ts')]
  expect(folderCycles(files)).toEqual([])
})

test('tests and test helpers play the caller', () => {
  const back = (path: string, to: string) => [file('cli/commands/a.ts', '../options/b.js'), file(path, to)]
  expect(folderCycles(back('cli/options/b.test.ts', '../commands/a.js'))).toEqual([])
  expect(folderCycles(back('cli/options/testing/b.ts', '../../commands/a.js'))).toEqual([])
  expect(folderCycles(back('cli/options/b.ts', '../commands/a.js'))).toHaveLength(1)
})
