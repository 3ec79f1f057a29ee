import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { Project } from './testing/project.js'
import { runSuite } from './testing/run-suite.js'

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')
const { dependencies } = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')))

/** The suite of the README, and its design as a JavaScript module. */
const [, typed = ''] = /^```ts\n([\s\S]*?)^```/m.exec(read('README.md')) ?? []
const module = typed
  .replace('type Design, ', '')
  .replace(': Design', '')
  .replace(/^import .*vitest.*\n/m, '')
  .replace(/^dmaSuite.*\n/m, 'export { mine }\n')

let project: Project
beforeAll(() => {
  project = new Project(Object.keys(dependencies))
}, 60_000)
afterAll(() => project.remove())

function node(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project.folder, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const program = join('node_modules', 'dmaproof', 'dist', 'cli', 'main.js')

test('a suite without its peers says in one line which package is missing', () => {
  const { status, output } = node('--input-type=module', '--eval', "await import('dmaproof/vitest')")
  const said = output.split('\n').filter((line) => line.startsWith('Error: '))
  const sentence =
    'dmaproof/vitest needs the package @fast-check/vitest; install it: npm i -D vitest @fast-check/vitest'
  expect({ status, said }).toEqual({ status: 1, said: [`Error: ${sentence}`] })
})

test('the other exports need no peer', () => {
  const code = "for (const name of ['dmaproof', 'dmaproof/protocol']) await import(name)"
  expect(node('--input-type=module', '--eval', code)).toEqual({ status: 0, output: '' })
})

test('the program takes the design of the README as JavaScript', () => {
  project.write('mine.js', module)
  const asked = [
    'explore',
    'mine',
    '--designs',
    'mine.js',
    '--scope',
    'pages=2,vcpus=1',
    '--property',
    'conversion-ends',
  ]
  const { status, output } = node(program, ...asked)
  expect(output).toContain('EEXIST')
  expect(status).toBe(1)
})

test('an example of the README diverges from the model', () => {
  const target = 'python3 node_modules/dmaproof/examples/page_table.py wrong-cursor'
  expect(node(program, 'conform', target, '--interface', 'page-table', '--runs', '0').status).toBe(1)
})

test('the suite of the README has the right types, and fails in conversion-ends', () => {
  for (const peer of ['vitest', '@fast-check/vitest', 'typescript']) project.link(peer)
  project.write('mine.test.ts', typed)
  const compile = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', 'mine.test.ts']
  expect(node('node_modules/typescript/bin/tsc', ...compile)).toEqual({ status: 0, output: '' })
  const { tests } = runSuite(project.folder)
  const [failure] = Object.entries(tests).flatMap(([name, said]) => (name.endsWith('conversion-ends') ? [said] : []))
  expect(failure).toContain('EEXIST')
}, 120_000)
