import { expect, test } from 'vitest'
import { cycles } from './cycles.js'
import { show } from './finding.js'
import { readRepository } from './repository.js'

const file = (path: string, ...imports: string[]) => ({
  path,
  text: imports.map((specifier) => `import '${specifier}'\n`).join(''),
})

test('no files of this repository import each other in a circle', () => {
  expect(cycles(readRepository()).map(show)).toEqual([])
})

/** Rooms in which not even types may name each other in a circle of files. */
const withoutTypeCycles = ['model']

test.each(withoutTypeCycles)('no files of %s name each other in a circle, types included', (room) => {
  const files = readRepository().filter(({ path }) => path.startsWith(`${room}/`))
  expect(cycles(files, { types: true }).map(show)).toEqual([])
})

test('a circle that a type closes is reported where types count', () => {
  const files = [{ path: 'model/a.ts', text: "import type { B } from './b.js'" }, file('model/b.ts', './a.js')]
  expect(cycles(files, { types: true }).map(show)).toEqual([
    'model/b.ts:1: closes a circle: model/a.ts → model/b.ts → model/a.ts',
  ])
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
])('a circle that %s closes is gone when the code runs', (text) => {
  expect(cycles([{ path: 'spec/a.ts', text }, file('spec/b.ts', './a.js')])).toEqual([])
})

test.each([
  "import { type B } from './b.js'",
  "import { type B, b } from './b.js'",
  "export { b } from './b.js'",
  "const b = import('./b.js')",
])('a circle that %s closes is there when the code runs', (text) => {
  expect(cycles([{ path: 'spec/a.ts', text }, file('spec/b.ts', './a.js')])).toHaveLength(1)
})

test('a file that imports itself is a circle', () => {
  expect(cycles([file('model/a.ts', './a.js')])).toHaveLength(1)
})

test('two ways to the same file are no circle', () => {
  const files = [file('model/a.ts', './b.js', './c.js'), file('model/b.ts', './d.js'), file('model/c.ts', './d.js')]
  expect(cycles([...files, file('model/d.ts')])).toEqual([])
})
