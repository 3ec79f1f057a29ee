import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findBug } from '../bugs/index.js'
import { findDesign } from '../designs/index.js'
import { rules } from '../report/explain/rule.js'
import { run } from './program.js'
import { fakeIo } from './testing/fake-io.js'
import { commandsOf } from './testing/markdown.js'

const root = new URL('../', import.meta.url)
const documents = ['tutorial', 'symptoms', 'how-to', 'viewer', 'cost', 'own-designs', 'export', 'litmus', 'linux'].map(
  (name) => `docs/${name}.md`,
)
const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8')
const ruleIds = new Set<string>(rules.map(({ id }) => id))

/** The words in backquotes, which may be commands, and what each has to be by its form. */
const spansIn = (text: string): string[] =>
  [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)

const kinds: readonly { readonly form: RegExp; readonly exists: (name: string) => boolean }[] = [
  { form: /^litmus\/\S+\.litmus$/, exists: (name) => existsSync(new URL(name, root)) },
  { form: /^[a-z0-9-]+\.[a-z0-9-]+\/[a-z0-9-]+$/, exists: (name) => ruleIds.has(name) },
  { form: /^[A-Z]\d\d[a-z]?$/, exists: (name) => findBug(name) !== undefined },
]

/** Names of a list item `- designs: …`, all of which are designs. */
const designsIn = (text: string): string[] =>
  [...text.matchAll(/^- designs: (.*)$/gm)].flatMap(([, list = '']) => spansIn(list))

/** What a document names by its form and this repository lacks. */
const missing = (text: string): string[] => [
  ...spansIn(text).filter((span) => kinds.some(({ form, exists }) => form.test(span) && !exists(span))),
  ...designsIn(text).filter((name) => findDesign(name) === undefined),
]

const commands = (text: string) => commandsOf([...spansIn(text), text].join('\n'))

test.each(documents)('%s names only rules, litmus tests, bugs and designs that exist', (path) => {
  expect(missing(textOf(path))).toEqual([])
})

test('what does not exist is reported, whatever it is', () => {
  const text =
    'See `vfio.map/none`, `litmus/cases/none.litmus`, `Z99`.\n- designs: `pin-all`, `none`\n`vfio.map/overlap`\n'
  expect(missing(text)).toEqual(['vfio.map/none', 'litmus/cases/none.litmus', 'Z99', 'none'])
})

/** The options that `--help` of a command shows. */
async function helpOf(command: string): Promise<{ readonly status: number; readonly text: string }> {
  const io = fakeIo()
  const status = await run([command, '--help'], io)
  return { status, text: io.said().out }
}

test.each(documents)('%s prints only commands and options that exist', async (path) => {
  const found = commands(textOf(path))
  expect(found.length).toBeGreaterThan(2)
  for (const { words } of found) {
    const [command = '', ...rest] = words
    const { status, text } = await helpOf(command)
    expect({ command, status }).toEqual({ command, status: 0 })
    for (const option of rest.filter((word) => word.startsWith('--'))) expect(text).toContain(option)
  }
})

test.each(documents)('%s links to documents that exist', (path) => {
  const links = [...textOf(path).matchAll(/\]\(([\w.-]+)\)/g)].map(([, name = '']) => name)
  expect(links.filter((name) => !existsSync(new URL(`docs/${name}`, root)))).toEqual([])
})
