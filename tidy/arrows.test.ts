import { expect, test } from 'vitest'
import { arrows, mayImport } from './arrows.js'
import { show } from './finding.js'
import { readRepository } from './repository.js'

const report = (path: string, text: string) => arrows([{ path, text }]).map(show)

test('imports in this repository go one way', () => {
  expect(arrows(readRepository()).map(show)).toEqual([])
})

test('an import against the arrows is reported with file and line', () => {
  expect(
    report('model/step.ts', "import { a } from './a.js'\nimport { deferredFlush } from '../designs/flush.js'\n"),
  ).toEqual(["model/step.ts:2: model may not import designs ('../designs/flush.js')"])
})

test('every form of import is followed', () => {
  const forms = [
    "import type { A } from '../cli/a.js'",
    "import '../cli/a.js'",
    "export * from '../cli/a.js'",
    "export { a } from '../cli/a.js'",
    "export const late = import('../cli/a.js')",
    "export type A = import('../cli/a.js').A",
    "export const thread = new URL('../cli/a.js', import.meta.url)",
  ]
  for (const form of forms) {
    expect(report('search/a.ts', form)).toEqual(["search/a.ts:1: search may not import cli ('../cli/a.js')"])
  }
})

test('a test obeys the arrows of its folder', () => {
  expect(report('spec/rule.test.ts', "import { step } from '../model/actions/step.js'")).toHaveLength(1)
})

test('inside a folder imports go down too, types included, and no production code imports test helpers', () => {
  const upward = "import type { Report } from '../runner/report.js'"
  expect(report('conform/protocol/handshake.ts', upward)).toEqual([
    "conform/protocol/handshake.ts:1: conform/protocol may not import upwards ('../runner/report.js')",
  ])
  expect(report('conform/runner/run.ts', "import { a } from '../testing/model-target.js'")).toHaveLength(1)
  expect(report('conform/runner/run.test.ts', "import { a } from '../testing/model-target.js'")).toEqual([])
  expect(report('conform/runner/run.ts', "import type { Hello } from '../protocol/messages.js'")).toEqual([])
})

test('litmus and mutation do not import each other; conform and report may import litmus', () => {
  expect(mayImport('litmus', 'mutation')).toBe(false)
  expect(mayImport('litmus', 'conform')).toBe(false)
  expect(mayImport('conform', 'litmus')).toBe(true)
  expect(mayImport('report', 'mutation')).toBe(true)
})

test('only the root looks into bench, docs and tidy, and they look into everything', () => {
  expect(mayImport('cli', 'bench')).toBe(false)
  expect(mayImport('bench', 'tidy')).toBe(false)
  expect(mayImport('root', 'bench')).toBe(true)
  expect(mayImport('docs', 'root')).toBe(true)
  expect(mayImport('tidy', 'spec')).toBe(true)
})

test("the package's own name is no way around the arrows", () => {
  expect(report('model/step.ts', "import { run } from 'dmaproof'")).toHaveLength(1)
})

test('spec imports nothing', () => {
  expect(report('spec/rule.ts', "import { z } from 'zod'")).toEqual([
    "spec/rule.ts:1: spec imports nothing, but here 'zod'",
  ])
  expect(report('spec/rule.ts', "import { join } from 'node:path'")).toHaveLength(1)
})

test.each(['base', 'checker', 'model'])('%s imports no package, not even a type', (folder) => {
  for (const form of ["import { z } from 'zod'", "import type { z } from 'zod'"]) {
    expect(report(`${folder}/a.ts`, form)).toEqual([`${folder}/a.ts:1: ${folder} imports no package, but here 'zod'`])
  }
  expect(report(`${folder}/a.ts`, "import { join } from 'node:path'")).toEqual([])
  expect(report(`${folder}/a.test.ts`, "import { test } from 'vitest'")).toEqual([])
})

test('one file of base imports the package that it is allowed, and no other does', () => {
  const random = "import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'"
  expect(report('base/prng.ts', random)).toEqual([])
  expect(report('base/prng.ts', "import { z } from 'zod'")).toHaveLength(1)
  expect(report('base/ddmin.ts', random)).toHaveLength(1)
})

test('search reads input with a package', () => {
  expect(report('search/schemas.ts', "import { z } from 'zod'")).toEqual([])
})

test('a folder of code that has no place among the arrows is reported', () => {
  expect(report('extras/a.ts', '')).toEqual(['extras/a.ts:1: folder extras has no place among the arrows'])
})

test('checker imports base alone', () => {
  expect(report('checker/bfs.ts', "import { rule } from '../spec/rule.js'")).toEqual([
    "checker/bfs.ts:1: checker may not import spec ('../spec/rule.js')",
  ])
  expect(report('checker/bfs.ts', "import type { State } from '../model/machine/state.js'")).toHaveLength(1)
  expect(report('checker/bfs.ts', "import { Prng } from '../base/prng.js'")).toEqual([])
})

test('published code imports no test helpers; tests, helpers, mutation and bench may', () => {
  const text = "import { simulatorOf } from '../search/testing/race.js'"
  expect(report('search/random.ts', text)).toEqual([
    "search/random.ts:1: published code may not import test helpers ('../search/testing/race.js')",
  ])
  for (const path of ['search/a.test.ts', 'conform/testing/a.ts', 'mutation/run.ts', 'bench/main.ts']) {
    const from = path.startsWith('conform/testing') ? text.replace('../', '../../') : text
    expect(report(path, from)).toEqual([])
  }
})

test.each([
  ['model/machine/a.ts', '../plan/plan.js', 'model/machine'],
  ['model/machine/a.ts', '../actions/relation.js', 'model/machine'],
  ['model/plan/a.ts', '../actions/row.js', 'model/plan'],
  ['model/plan/a.ts', '../build-machine.js', 'model/plan'],
  ['model/memory/a.ts', '../actions/row.js', 'model/memory'],
  ['model/actions/vtd/a.ts', '../../initial-state.js', 'model/actions'],
])('inside model, %s may not import %s, not even a type', (path, specifier, folder) => {
  const message = [`${path}:1: ${folder} may not import upwards ('${specifier}')`]
  expect(report(path, `import { a } from '${specifier}'`)).toEqual(message)
  expect(report(path, `import type { A } from '${specifier}'`)).toEqual(message)
})

test('inside model, a folder imports those below it, and a test all of them', () => {
  expect(report('model/plan/a.ts', "import { a } from '../machine/a.js'")).toEqual([])
  expect(report('model/a.ts', "import { a } from './actions/vtd/a.js'")).toEqual([])
  expect(report('model/machine/a.test.ts', "import { a } from '../testing/a.js'")).toEqual([])
  expect(report('model/testing/a.ts', "import { a } from '../actions/a.js'")).toEqual([])
})
