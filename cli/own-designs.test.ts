import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { architectureNames } from '../search/compare/architectures.js'
import { onOneLine } from './testing/on-one-line.js'
import { imports, OwnProject, ownDesign, type Ran } from './testing/own-project.js'

const mine = `${imports}export const mine = ${ownDesign('mine')}\n`
const [, major = 0, minor = 0] = (/^v(\d+)\.(\d+)/.exec(process.version) ?? []).map(Number)
const stripsTypes = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)

const projects: OwnProject[] = []
const project = (files: Readonly<Record<string, string>>): OwnProject => {
  const made = new OwnProject(files)
  projects.push(made)
  return made
}
afterAll(() => {
  for (const one of projects) one.remove()
})

const small = ['--scope', 'pages=2,vcpus=1']
const quick = ['--runs', '60', '--configuration', 'plain', '--jobs', '2']

describe("a design of the user's own", () => {
  const own = project({ 'mine.js': mine })
  const designs = ['--designs', 'mine.js']
  let said: Ran[] = []
  let trace = ''

  beforeAll(() => {
    said = own.ran(
      ['check', 'mine', ...designs, ...quick, '--property', 'conversion-ends'],
      ['explore', 'mine', ...designs, ...small, '--property', 'no-stale-frame', '--workers', '2'],
      ['compare', ...designs, '--design', 'mine', '--random', '--runs', '2'],
      ['list', 'designs', ...designs],
      ['explain', 'mine', ...designs],
      ['compare', '--architectures', ...designs, '--design', 'mine', ...small],
    )
    trace = join('.dmaproof/traces', readdirSync(join(own.folder, '.dmaproof/traces'))[0] ?? '')
  }, 120_000)

  test('is checked, in threads too, and its trace names the module', () => {
    expect(said[0]).toMatchObject({ status: 1, err: '' })
    expect(said[0]?.out).toContain('✗ conversion-ends')
    expect(onOneLine(said[0]?.out)).toMatch(/replay: dmaproof replay \S+\.ndjson --designs mine\.js /)
  })

  test('is held by a search of all its states', () => {
    expect(said[1]).toMatchObject({ status: 0, err: '' })
    expect(said[1]?.out).toMatch(/✓ no-stale-frame +held: all [\d,]+ states/)
  })

  test('is compared, listed and explained', () => {
    expect(said[2]).toMatchObject({ err: '' })
    expect(said[2]?.out).toContain('mine')
    expect(said[3]?.out).toMatch(/^mine +type1v2\n? +Attribute first\.$/m)
    expect(said[4]?.out).toContain('  lock     one per VM')
  })

  test('is asked on every architecture, each with its name', () => {
    expect(said[5]).toMatchObject({ status: 0, err: '' })
    const separate = architectureNames.filter((name) => name !== 'pkvm')
    expect(onOneLine(said[5]?.out)).toContain(`✓ ✓ ✓ ✓ ${separate.join(', ')} – pkvm.guest/shares-in-place pkvm`)
  })

  test('replays and shrinks by the command that was printed; without the module that is said', () => {
    const [replayed, minimised, without] = own.ran(
      ['replay', trace, ...designs],
      ['minimise', trace, ...designs],
      ['replay', trace],
    )
    expect(replayed).toMatchObject({ status: 1, err: '' })
    expect(minimised?.status).toBe(0)
    expect(minimised?.out).toContain('"designs":["mine.js"]')
    expect(without).toEqual({
      status: 2,
      out: '',
      err:
        `dmaproof: ${trace}:1: design: unknown name "mine"\n` +
        `  It needs modules that were not named: dmaproof replay ${trace} --designs mine.js\n`,
    })
  })
})

test('a module that a compiler has made CommonJS of exports what its source does', () => {
  const flagged = "Object.defineProperty(exports, '__esModule', { value: true })"
  const required = imports.replace(/^import (.*) from (.*)$/gm, 'const $1 = require($2)')
  const common = project({ 'mine.cjs': `${flagged}\n${required}\nexports.mine = ${ownDesign('mine')}\n` })
  const [explained] = common.ran(['explain', 'mine', '--designs', 'mine.cjs'])
  expect(explained).toMatchObject({ status: 0 })
  expect(explained?.out).toContain('Attribute first.')
})

describe('a module that worker threads cannot import', () => {
  const own = project({
    'main-only.js': `import { isMainThread } from 'node:worker_threads'
${mine}
if (!isMainThread) throw new Error('no loader here')
`,
  })

  test('is refused by explore with what the loader said and what to do, and is no bug of dmaproof', () => {
    const [said] = own.ran(['explore', 'mine', '--designs', 'main-only.js', ...small])
    expect(said).toMatchObject({ status: 2, out: '' })
    expect(said?.err).toContain('dmaproof: worker threads could not import the module: main-only.js: ')
    expect(said?.err).toContain('Error: no loader here')
    expect(said?.err).toContain('  Give threads the loader, too: ')
  })
})

describe("a driver and a property of the user's own", () => {
  const own = project({
    'more.js': `import { properties, property, type1v2 } from 'dmaproof'
export const drivers = [{ ...type1v2, name: 'my-type1' }]
export const frames = property({ ...properties.find(({ name }) => name === 'no-stale-frame'), name: 'my-frames' })
`,
  })

  test('are asked of the designs of this package by their names, and the trace names their module', () => {
    const words = ['--designs', 'more.js', '--driver', 'my-type1', '--property', 'my-frames', ...quick]
    const [checked, listed, explained, driver] = own.ran(
      ['check', 'pin-all', ...words],
      ['list', 'properties', '--designs', 'more.js'],
      ['explain', 'my-frames', '--designs', 'more.js'],
      ['explain', 'my-type1', '--designs', 'more.js'],
    )
    expect(checked).toMatchObject({ status: 1, err: '' })
    expect(checked?.out).toContain('✗ my-frames')
    expect(onOneLine(checked?.out)).toMatch(/replay: dmaproof replay \S*pin-all\.my-type1\S* --designs more\.js /)
    expect(listed?.out).toMatch(/^my-frames /m)
    expect(explained?.status).toBe(0)
    expect(driver?.out).toMatch(/^with my-type1\n\n {4}map\n[\s\S]*\n {4}unmap\n/)
    const trace = /replay: dmaproof replay (\S+)/.exec(onOneLine(checked?.out))?.[1] ?? ''
    expect(own.ran(['replay', trace, '--designs', 'more.js'])).toMatchObject([{ status: 1, err: '' }])
  })
})

describe('a configuration', () => {
  const platforms = { lab: 'linux-7.2 drain=none' }
  const config = { designs: ['mine.js'], platforms, defaults: { platform: 'lab' } }
  const own = project({ 'mine.js': mine, 'dmaproof.config.js': `export default ${JSON.stringify(config)}` })

  test('names designs, platforms and defaults once', () => {
    const [checked, listed, explained] = own.ran(
      ['check', 'mine', ...quick, '--property', 'no-stale-frame'],
      ['list', 'designs'],
      ['explain', 'lab'],
    )
    expect(checked?.out).toContain('mine · type1v2 · separate · linux-7.2 drain=none')
    expect(listed?.out).toMatch(/^mine /m)
    expect(explained?.out).toBe('lab\n  linux-7.2 drain=none\n')
  })

  test("yields to the command line, whose fields count behind those of a platform of the user's", () => {
    const words = ['check', 'mine', ...quick, '--property', 'no-stale-frame', '--platform']
    const [other, more] = own.ran([...words, 'linux-6.12'], [...words, 'lab drain=both ats=true'])
    expect(other?.out).toContain('separate · linux-6.12\n')
    expect(more?.out).toContain('separate · linux-7.2 drain=both ats=true\n')
  })

  test('that names a module for what it does not export is refused', () => {
    const wrong = project({ 'mine.js': mine, 'dmaproof.config.json': '{"drivers":["mine.js"]}' })
    const [said] = wrong.ran(['list', 'designs'])
    expect(said).toMatchObject({
      status: 2,
      err: 'dmaproof: dmaproof.config.json: drivers[0]: mine.js exports no driver\n',
    })
  })
})

describe('what is wrong with a module is said with the place and what to do, and ends with 2:', () => {
  const cases: Readonly<Record<string, readonly [file: string, text: string, says: string]>> = {
    'no export': ['none.js', 'const a = 1\n', 'none.js: it exports nothing; expected a design, a driver, a property'],
    'no design among the exports': ['a.js', 'export const a = 1\n', 'a.js: found a, 1; expected a design'],
    'a syntax error': ['syntax.js', 'export const a = 1 1\n', '\n  This shows the place: node --check syntax.js'],
    'an error when it is loaded': ['throws.js', '\nthrow new Error("no")\n', 'Error: no (line 2)'],
    'an import that is not there': ['needs.js', "import 'no-such'\n", "Cannot find package 'no-such'"],
    'a design that is no object': [
      'text.js',
      "export default 'mine'\n",
      'export default: found the text "mine", expected a design',
    ],
    'no design in a list': [
      'list.js',
      'export const designs = [4]\n',
      'export designs: [0]: found 4, expected a design',
    ],
    'a list that is none': [
      'nolist.js',
      'export const designs = 4\n',
      'export designs: found 4, expected a list of designs',
    ],
    'a design without a name': [
      'noname.js',
      'export const a = { toPrivate: [] }\n',
      'noname.js: export a: design: name: found undefined, expected a text',
    ],
    'a step that there is not': [
      'umap.js',
      `${imports}export const a = ${ownDesign('a', "boot: [{ call: 'umap', on: ranges.allPages }]")}\n`,
      'export a: a: boot[0] (call umap on all pages): unknown call "umap"',
    ],
    'a driver without its calls': [
      'driver.js',
      "export const drivers = [{ name: 'd', pins: true }]\n",
      'export drivers: [0]: driver (d): map: found undefined, expected a call',
    ],
    'a design without drivers': [
      'nodriver.js',
      `${imports}export const a = { ...${ownDesign('a')}, drivers: [] }\n`,
      'export a: a: drivers: found an empty list, expected a list of at least one',
    ],
    "a name of this package's": [
      'clash.js',
      `${imports}export const a = ${ownDesign('pin-all')}\n`,
      'clash.js: export a: the name "pin-all" is taken: dmaproof has a design of that name\n  Give it a name',
    ],
    'a word of the command line': [
      'b1.js',
      `${imports}export const a = ${ownDesign('b1')}\n`,
      'the name "b1" is taken',
    ],
    'a name that cannot be said': [
      'comma.js',
      `${imports}export const a = ${ownDesign('a,b')}\n`,
      'export a: found the name "a,b", expected letters',
    ],
    'one name twice': [
      'twice.js',
      `${imports}export const a = ${ownDesign('same')}\nexport const b = ${ownDesign('same')}\n`,
      'twice.js: export b: the name "same" is taken by twice.js: export a',
    ],
    "a property of this package's name": [
      'property.js',
      `${imports}export const p = { ...properties[0] }\n`,
      'dmaproof has a property of that name',
    ],
    'a platform that is none': [
      'platform.js',
      "export const platforms = { lab: 'linux-9' }\n",
      'export platforms: lab: platform: found "linux-9"',
    ],
  }
  const own = project(Object.fromEntries(Object.values(cases).map(([file, text]) => [file, text])))
  let said: Ran[] = []
  beforeAll(() => {
    said = own.ran(...Object.values(cases).map(([file]) => ['list', 'designs', '--designs', file]))
  }, 60_000)

  test.for(Object.keys(cases).map((name, index) => ({ name, index })))('$name', ({ name, index }) => {
    const [file, , says] = cases[name] ?? []
    expect(said[index]).toMatchObject({ status: 2, out: '' })
    expect(said[index]?.err).toContain(`dmaproof: --designs: ${file}: `)
    expect(said[index]?.err).toContain(says)
  })

  test('no such file, in every command', () => {
    const commands = [
      ['check', 'mine'],
      ['explore', 'mine'],
      ['compare'],
      ['replay', 'trace.ndjson'],
      ['minimise', 'trace.ndjson'],
      ['run', 'mine', '--on', 'linux'],
      ['explain', 'mine'],
      ['list', 'designs'],
    ]
    const err = 'dmaproof: --designs: no.js: there is no such file; expected an ES module that exports designs\n'
    for (const one of own.ran(...commands.map((words) => [...words, '--designs', 'no.js']))) {
      expect(one).toEqual({ status: 2, out: '', err })
    }
  })

  test.skipIf(stripsTypes)('TypeScript, on a Node that does not strip types', () => {
    own.write('mine.ts', mine)
    const [one] = own.ran(['list', 'designs', '--designs', 'mine.ts'])
    expect(one).toMatchObject({ status: 2, out: '' })
    expect(one?.err).toContain(
      `mine.ts: found TypeScript, and this Node, ${process.version}, does not strip types\n  Node 22.18`,
    )
  })

  test.runIf(stripsTypes)('TypeScript that Node strips is read', () => {
    own.write('mine.ts', mine)
    expect(own.ran(['list', 'designs', '--designs', 'mine.ts'])[0]).toMatchObject({ status: 0, err: '' })
  })
})

test('a module that ends the thread of a search is an internal error, and no search without an end', () => {
  const ending = `import { isMainThread } from 'node:worker_threads'
if (!isMainThread) process.exit(0)
`
  const own = project({ 'mine.js': ending + mine })
  const [one] = own.ran(['check', 'mine', '--designs', 'mine.js', ...quick])
  expect(one).toMatchObject({
    status: 70,
    err: expect.stringContaining('a worker thread ended in a search (status 0)'),
  })
})
