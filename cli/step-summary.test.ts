import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run } from './program.js'
import { fakeIo } from './testing/fake-io.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))

const summary = join(folder, 'summary.md')
const markdown = join(folder, 'report.md')
const check = ['check', 'pin-all', '--property', 'no-stale-frame', '--scope', 'backing=separate', '--jobs', '0']

async function ran(words: readonly string[], path?: string) {
  const io = fakeIo({ summary: path })
  const status = await run([...words, '--save', join(folder, 'traces')], io)
  return { status, ...io.said() }
}

test('a command adds to the summary of a job what --markdown writes, and says and ends as without', async () => {
  writeFileSync(summary, 'before\n')
  const without = await ran(check)
  const within = await ran([...check, '--markdown', markdown], summary)
  expect({ status: within.status, err: within.err }).toEqual({ status: without.status, err: '' })
  const text = readFileSync(markdown, 'utf8')
  expect(text).toMatch(/^## dmaproof check: 1 fail\n/)
  expect(text).toContain('```mermaid\nsequenceDiagram\n')
  expect(text).toContain('replay: dmaproof replay')
  expect(readFileSync(summary, 'utf8')).toBe(`before\n${text}`)
})

test('a command that judges nothing adds nothing', async () => {
  writeFileSync(summary, '')
  await run(['list', 'designs'], fakeIo({ summary }))
  expect(readFileSync(summary, 'utf8')).toBe('')
})

test('a summary that cannot be written is reported, and changes no status', async () => {
  const path = join(folder, 'a-folder')
  mkdirSync(path)
  const { status, err } = await ran(check, path)
  expect(status).toBe(1)
  expect(err).toContain('the summary of the job could not be written')
})
