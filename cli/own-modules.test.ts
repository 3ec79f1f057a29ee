import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importModule } from '../search/catalogue/import-module.js'
import { imports, OwnProject, ownDesign } from './testing/own-project.js'

const mine = `${imports}const mine = ${ownDesign('mine')}\n`
const list = ['list', 'designs', '--designs']

/** Modules that export no design as it should be, and what is said of each behind its name. */
const refusals: Readonly<Record<string, readonly [text: string, said: string]>> = {
  'a getter that throws': [
    "export const d = { ...mine, get toPrivate() { throw new Error('boom') } }",
    'export d: design.toPrivate: reading it throws Error: boom\n  Write its fields as plain values',
  ],
  'a getter of a step': [
    "export const d = { ...mine, toPrivate: [{ get call() { throw new Error('boom') } }] }",
    'export d: design.toPrivate[0].call: reading it throws Error: boom\n',
  ],
  'a getter of a driver': [
    "export const d = { ...type1v2, name: 'own', get unmap() { throw new Error('boom') } }",
    'export d: driver.unmap: reading it throws Error: boom\n',
  ],
  'a getter of a property': [
    "export const d = { ...properties[0], name: 'own', get clauses() { throw new Error('boom') } }",
    'export d: property.clauses: reading it throws Error: boom\n',
  ],
  'a getter of platforms': [
    "export const platforms = { get lab() { throw new Error('boom') } }",
    'export platforms: platforms.lab: reading it throws Error: boom\n',
  ],
  'a proxy that throws': [
    "const no = () => { throw new Error('trap') }\nexport const d = new Proxy(mine, { get: no, has: no, ownKeys: no })",
    'found d, an object that cannot be read (it: reading it throws Error: trap); expected a design,',
  ],
  'a proxy that was revoked': [
    'const r = Proxy.revocable(mine, {})\nr.revoke()\nexport const designs = r.proxy',
    'export designs: found an object that cannot be read (',
  ],
  'more properties than a search has bits': [
    "const all = [...Array(19).keys()].map((i) => ({ ...properties[0], name: 'p' + i }))\nexport { all as properties }",
    'found 19 properties, expected at most 18\n  Judge them in two searches',
  ],
  'a promise': [
    'export const d = Promise.resolve(mine)',
    'found d, a promise; expected a design, a driver, a property or platforms, as in: export const mine: Design = ' +
      '{ name: … }\n  Export what it resolves to: export const d = await …\n',
  ],
  'a promise that is rejected, as the default': [
    "export default Promise.reject(new Error('no'))",
    'export default: found a promise, expected a design, which is an object\n  Export what it resolves to: ',
  ],
  'a promise of platforms': [
    'export const platforms = Promise.resolve({})',
    "export platforms: found a promise, expected an object, as in { mine: 'linux-7.2 drain=none' }\n  Export what",
  ],
  'a function': ['export const d = () => mine', 'found d, a function; '],
  'a class': [
    'export class Mine { toPrivate = [] }',
    'as in: export const mine: Design = { name: … }\n  Export an object of the class: export const Mine = new …\n',
  ],
  'an await without an end': [
    'await new Promise(() => undefined)\nexport const d = mine',
    'the module never ends loading: an await at its top level waits for what never comes\n',
  ],
  'an await that is rejected': [
    "await Promise.reject(new Error('down'))\nexport const d = mine",
    'the module does not load: Error: down (line ',
  ],
  'a module that throws null': ['throw null', 'the module does not load: it throws null\n'],
  'a module that throws what cannot be shown': [
    'throw { toString() { throw 1 } }',
    'the module does not load: it throws an error that throws when it is shown\n',
  ],
}

const files = Object.entries(refusals).map(([, [text]], index) => [`m${index}.js`, `${mine}${text}\n`] as const)
const project = new OwnProject({
  ...Object.fromEntries(files),
  'frozen.js': `${mine}export const d = Object.freeze({ ...mine })\n`,
  'instance.js': `${mine}class Mine { constructor() { Object.assign(this, mine) } }\nexport const d = new Mine()\n`,
  'proxy.js': `${mine}export const d = new Proxy(mine, {})\n`,
  'exit.js': `${mine}process.exit(0)\nexport const d = mine\n`,
  'late.js': `${mine}setTimeout(() => { throw new Error('late') }, 0)\nexport const d = mine\n`,
  'wild.js': `${mine}export const d = { ...mine, toPrivate: [steps.acquire('vm'), { when: {
    ...conditions.someMapped(ranges.chunk), holds: () => { throw new Error('wild') } },
    body: [{ call: 'unmap', on: ranges.chunk }] }, steps.release('vm')] }\n`.replace('loops,', 'conditions, loops,'),
  'range.js': `${mine}const range = { ...ranges.chunk, first: () => NaN }
export const d = { ...mine, toPrivate: [steps.acquire('vm'), { call: 'unmap', on: range }, steps.release('vm')] }\n`,
})
afterAll(() => project.remove())

describe('a module that exports no design as it should be is refused with its name, the export and what to do', () => {
  let all: { status: number; out: string; err: string }[] = []
  beforeAll(() => {
    all = project.ran(...files.map(([name]) => [...list, name]))
  }, 60_000)

  test.each(Object.keys(refusals).map((name, index) => [name, index] as const))('%s', (name, index) => {
    const [, said = ''] = refusals[name] ?? []
    expect(all[index]).toMatchObject({ status: 2, out: '' })
    expect(all[index]?.err).toContain(`dmaproof: --designs: m${index}.js: `)
    expect(all[index]?.err).toContain(said)
  })
})

test('a frozen design, an object of a class, and a proxy that lets all pass are designs as others are', () => {
  for (const { status, out } of project.ran([...list, 'frozen.js'], [...list, 'instance.js'], [...list, 'proxy.js'])) {
    expect([status, /^mine +type1v2/m.test(out)]).toEqual([0, true])
  }
})

test('a module that does something forever is given up, too', async () => {
  const file = join(project.folder, 'endless.js')
  project.write('endless.js', 'setInterval(() => undefined, 1000).unref()\nawait new Promise(() => undefined)\n')
  expect(await importModule(file, 0)).toMatchObject({ ok: false, problem: { message: /never ends loading/ } })
})

describe('code of a module that goes wrong where no check sees it is not called a bug of dmaproof', () => {
  const main = resolve('dist/cli/main.js')
  const ran = (...words: readonly string[]) =>
    spawnSync(process.execPath, [main, ...words], { cwd: project.folder, encoding: 'utf8' })

  test('an end of the process is no success', () => {
    const { status, stderr } = ran(...list, 'exit.js')
    expect([status, stderr]).toEqual([
      2,
      'dmaproof: exit.js: it ended the process while the command was running\n  Leave process.exit() out of it.\n',
    ])
  })

  test('an error of a timer is no violation', () => {
    const { status, stderr } = ran(...list, 'late.js')
    expect(status).toBe(2)
    expect(stderr).toMatch(/^dmaproof: late\.js:\d+: the code there throws Error: late\n {2}What a module exports/)
  })

  test('nor is one of a condition, in a thread and in this one', { tags: 'long' }, () => {
    const small = ['--designs', 'wild.js', '--configuration', 'plain', '--runs', '2', '--property', 'no-stale-frame']
    for (const jobs of ['0', '1']) {
      const { status, stderr } = ran('check', 'mine', ...small, '--jobs', jobs)
      expect(status).toBe(2)
      expect(stderr).toMatch(/^dmaproof: wild\.js:\d+: the code there throws Error: wild\n/)
    }
  })

  test('a range that gives no page is refused by a comparison as by a check', () => {
    const small = ['--scope', 'pages=2,vcpus=1', '--jobs', '0', '--designs', 'range.js']
    const [compared] = project.ran(['compare', '--design', 'mine', ...small])
    expect(compared).toMatchObject({ status: 2, out: '' })
    expect(compared?.err).toMatch(
      /^dmaproof: mine: toPrivate\[1\] \(call unmap on chunk\): the range "chunk" is \[NaN, /,
    )
  })
})
