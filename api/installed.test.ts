import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { nodes } from './testing/nodes.js'
import { Project } from './testing/project.js'
import { runSuite } from './testing/run-suite.js'

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')
const { dependencies } = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')))

/** The suite of the README, the same in JavaScript, and its design alone. */
const [, typed = ''] = /^```ts\n([\s\S]*?)^```/m.exec(read('README.md')) ?? []
const untyped = typed.replace('type Design, ', '').replace(': Design', '')
const alone = (text: string) => text.replace(/^import .*vitest.*\n/m, '').replace(/^dmaSuite.*\n/m, 'export { mine }\n')

let project: Project
beforeAll(() => {
  project = new Project(Object.keys(dependencies))
}, 60_000)
afterAll(() => project.remove())

interface Ran {
  readonly status: number | null
  readonly output: string
}

function ran(program: string, args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: project.folder, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const node = (...args: readonly string[]): Ran => ran(process.execPath, args)

/** Once, behind the tests of a project without them. */
function linkPeers(): void {
  if (existsSync(join(project.folder, 'node_modules', 'vitest'))) return
  for (const peer of ['vitest', '@fast-check/vitest', 'typescript']) project.link(peer)
}

const main = join('node_modules', 'dmaproof', 'dist', 'cli', 'main.js')

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

test('an example of the README diverges from the model', () => {
  const target = 'python3 node_modules/dmaproof/examples/page_table.py wrong-cursor'
  expect(node(main, 'conform', target, '--interface', 'page-table', '--runs', '0').status).toBe(1)
})

test('the suite of the README has the right types', () => {
  linkPeers()
  project.write('mine.test.ts', typed)
  const compile = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', 'mine.test.ts']
  expect(node('node_modules/typescript/bin/tsc', ...compile)).toEqual({ status: 0, output: '' })
}, 120_000)

describe.each(nodes)('on $name', ({ name, program = '', stripsTypes }) => {
  const isHere = program !== ''
  const named = (what: string) => (isHere ? what : `${what}: not tried, there is no ${name} here; .ci/run fetches it`)
  const explored = (file: string, text: string) => {
    project.write(file, alone(text))
    const bounds = ['--scope', 'pages=2,vcpus=1', '--property', 'conversion-ends']
    return ran(program, [main, 'explore', 'mine', '--designs', file, ...bounds])
  }

  test.skipIf(!isHere)(named('the program takes the design of the README in JavaScript'), { tags: 'long' }, () => {
    const { status, output } = explored('mine.js', untyped)
    expect(output).toContain('EEXIST')
    expect(status).toBe(1)
  })

  test.skipIf(!isHere)(named('the program takes it in TypeScript, or says what to do'), { tags: 'long' }, () => {
    const { status, output } = explored('mine.ts', typed)
    expect(output).toContain(stripsTypes ? 'EEXIST' : 'does not strip types')
    expect(status).toBe(stripsTypes ? 1 : 2)
  })

  test.skipIf(!isHere)(named('the program explains a word'), { tags: 'long' }, () => {
    expect(ran(program, [main, 'explain', 'drain']).status).toBe(0)
  })

  test.skipIf(!isHere)(
    named('the suite of the README fails in conversion-ends, in TypeScript and in JavaScript'),
    { tags: 'long', timeout: 120_000 },
    () => {
      linkPeers()
      project.write('mine.test.ts', typed)
      project.write('plain.test.js', untyped.replaceAll("'mine'", "'plain'"))
      const { tests } = runSuite(project.folder, program)
      const failures = Object.entries(tests).filter(([test]) => test.endsWith('conversion-ends'))
      expect(failures.map(([test]) => test.split(' ')[0]).sort()).toEqual(['mine', 'plain'])
      for (const [, said] of failures) expect(said).toContain('EEXIST')
    },
  )
})
