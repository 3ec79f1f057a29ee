import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPage } from '../view/testing/build-page.js'
import { OwnProject, type Ran } from './testing/own-project.js'

/** Means something in HTML, Markdown, Mermaid, XML and to a terminal, hides something, and breaks the line. */
const hostile = '</script><script>alert(1)</script> [x](javascript:alert(2)) | `a` \u202e\u001b[2J\0\n# heading'
const module = `import { properties, property } from 'dmaproof'
const text = ${JSON.stringify(hostile)}
const known = properties.find(({ name }) => name === 'no-stale-frame')
const clauses = known.clauses.map((one) => ({ ...one, rule: { ...one.rule, statement: text }, explain: () => text }))
export const mine = property({ ...known, name: 'mine', statement: text, witness: text, clauses })
`
const workload = 'own </script><script>alert(1)<|`\u202e.ndjson'.replaceAll('/', '')
const own = new OwnProject({
  'hostile.js': module,
  [workload]: '{"op":"convert","gfn":512,"count":512,"to":"shared"}\n{"op":"dma","gfn":512,"access":"write"}',
  'wrong.ndjson': `{"op":"dma","gfn":512,"access":${JSON.stringify(hostile)},${JSON.stringify(hostile)}:1}`,
})
afterAll(() => own.remove())

const designs = ['--designs', 'hostile.js']
const reports = ['r.html', 'r.md', 'r.xml', 'r.ktap'] as const
const forms = ['t.txt', 't.md', 't.mmd', 't.svg', 't.html', 't.itf.json'] as const
let said: Ran[] = []

beforeAll(() => {
  buildPage()
  const options = ['--report', '--markdown', '--junit', '--ktap'].flatMap((option, at) => [option, reports[at] ?? ''])
  const search = ['--property', 'mine', '--runs', '60', '--configuration', 'plain', '--jobs', '0']
  said = own.ran(['check', 'pin-all', ...designs, ...search, ...options])
  const trace = join('.dmaproof/traces', readdirSync(join(own.folder, '.dmaproof/traces'))[0] ?? '')
  const written = forms.filter((name) => name !== 't.html').map((name) => ['export', trace, '-o', name])
  said.push(
    ...own.ran(
      ['view', trace, ...designs, '-o', 't.html'],
      ['cost', 'pin-all', '--driver', 'type1v2', '--file', workload, '--svg', 'c.svg'],
      ['cost', 'pin-all', '--file', 'wrong.ndjson'],
      ...written,
      ['replay', 't.itf.json', ...designs],
    ),
  )
}, 120_000)

test("each command takes a property's texts, and says what is wrong with the line of a workload", () => {
  expect(said.map(({ status }) => status)).toEqual([1, 0, 0, 2, 0, 0, 0, 0, 0, 1])
  expect(said[3]?.err).toContain('wrong.ndjson:1: ')
})

test.each([...reports, ...forms.slice(0, 5), 'c.svg'])('%s names what would hide in it, and has none of it', (name) => {
  const text = readFileSync(join(own.folder, name), 'utf8')
  expect(text).not.toMatch(/[^\P{C}\n]/u)
  expect(text).toMatch(/\[U\+202E\]|#91;U(\+|#43;)202E#93;/)
})

test.each(['r.html', 't.html', 't.svg', 'c.svg', 'r.xml'])('%s has no element by a text', (name) => {
  const text = readFileSync(join(own.folder, name), 'utf8')
  expect(text).not.toContain('alert(1)</script>')
  expect(text).not.toContain('<script>alert')
})
