import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPage } from '../view/testing/build-page.js'
import { imports, OwnProject, ownDesign, type Ran } from './testing/own-project.js'

/** Means something in HTML, Markdown, Mermaid, XML and to a terminal, hides something, and breaks the line. */
const hostile = '</script><script>alert(1)</script> [x](javascript:alert(2)) | `a` \u202e\u001b[2J\0\n# heading'
const module = `${imports}export const mine = { ...${ownDesign('mine')}, name: ${JSON.stringify(hostile)} }\n`
const own = new OwnProject({
  'hostile.js': module,
  'own.ndjson': '{"op":"convert","gfn":512,"count":512,"to":"shared"}\n{"op":"dma","gfn":512,"access":"write"}',
  'wrong.ndjson': `{"op":"dma","gfn":512,"access":${JSON.stringify(hostile)},${JSON.stringify(hostile)}:1}`,
})
afterAll(() => own.remove())

const designs = ['--designs', 'hostile.js']
const reports = ['r.html', 'r.md', 'r.xml', 'r.ktap'] as const
const forms = ['t.txt', 't.md', 't.mmd', 't.svg', 't.html'] as const
let said: Ran[] = []

beforeAll(() => {
  buildPage()
  const check = ['check', hostile, ...designs, '--property', 'conversion-ends', '--runs', '60']
  const written = ['--report', '--markdown', '--junit', '--ktap'].flatMap((option, at) => [option, reports[at] ?? ''])
  said = own.ran([...check, '--configuration', 'plain', '--jobs', '0', ...written])
  const trace = join('.dmaproof/traces', readdirSync(join(own.folder, '.dmaproof/traces'))[0] ?? '')
  said.push(
    ...own.ran(
      ...forms.slice(0, 4).map((name) => ['export', trace, '-o', name]),
      ['view', trace, ...designs, '-o', 't.html'],
      ['cost', hostile, ...designs, '--file', 'own.ndjson', '--svg', 'c.svg'],
      ['cost', hostile, ...designs, '--file', 'wrong.ndjson'],
    ),
  )
}, 120_000)

test("each command takes a design whose name is hostile, and says what is wrong with a workload's line", () => {
  expect(said.map(({ status }) => status)).toEqual([1, 0, 0, 0, 0, 0, 0, 2])
  expect(said.at(-1)?.err).toContain('wrong.ndjson:1: ')
})

test.each([...reports, ...forms, 'c.svg'])('%s names what would hide in it, and has none of it', (name) => {
  const text = readFileSync(join(own.folder, name), 'utf8')
  expect(text).not.toMatch(/[^\P{C}\n]/u)
  expect(text).toMatch(/\[U\+202E\]|#91;U\+202E#93;/)
})

test.each(['r.html', 't.html', 't.svg', 'c.svg', 'r.xml'])('%s has no element by the name of a design', (name) => {
  const text = readFileSync(join(own.folder, name), 'utf8')
  expect(text).not.toContain('alert(1)</script>')
  expect(text).not.toContain('<script>alert')
})
