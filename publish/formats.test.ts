import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { run } from '../cli/program.js'
import { fakeIo } from '../cli/testing/fake-io.js'
import { golden } from '../report/testing/golden.js'
import { formatsPage } from './formats-page.js'
import { jsonSchemaOf } from './json-schema.js'
import { shapes } from './shapes.js'

const documents = new URL('../docs/', import.meta.url)

/** The help of a command, and of each command below it. */
async function helps(command: readonly string[] = []): Promise<{ command: string; help: string }[]> {
  const io = fakeIo()
  await run([...command, '--help'], io)
  const { out } = io.said()
  const [, listed = ''] = /^Commands:\n((?: .*\n)+)/m.exec(out) ?? []
  const below = [...listed.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
  const inner = await Promise.all(below.map((name) => helps([...command, name])))
  return below.length > 0 ? inner.flat() : [{ command: command.join(' '), help: out }]
}

const statusIn = (help: string): string =>
  (/^Exit status: ((?:.+\n?)+)/m.exec(help)?.[1] ?? '').trim().replaceAll(/\s*\n\s*/g, ' ')

test('every command says in its help how it ends', async () => {
  const silent = (await helps()).filter(({ help }) => statusIn(help) === '')
  expect(silent.map(({ command }) => command)).toEqual([])
})

test('docs/formats.md is what the schemas and the helps say', async () => {
  const commands = (await helps()).map(({ command, help }) => ({ command, status: statusIn(help) }))
  const page = formatsPage(commands)
  expect(page).toBe(golden(new URL('formats.md', documents), page))
})

test.each(shapes)('docs/schemas/$name.json is what the schema says', (shape) => {
  const text = `${JSON.stringify(jsonSchemaOf(shape), null, 1)}\n`
  expect(text).toBe(golden(new URL(`schemas/${shape.name}.json`, documents), text))
})

test('docs/schemas has no other file', () => {
  expect(readdirSync(new URL('schemas/', documents)).sort()).toEqual(shapes.map(({ name }) => `${name}.json`).sort())
})

test('every field of a table has a meaning', () => {
  const page = formatsPage([])
  expect(page.match(/^\| `[^|]*\|[^|]*\| *\|$/gm) ?? []).toEqual([])
})
