import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { catalogueFolder } from '../../litmus/catalogue.js'
import { mailWidth } from '../../report/columns/wrap.js'
import { run } from '../program.js'
import { runBuilt } from '../testing/built.js'
import { fakeIo } from '../testing/fake-io.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))
const main = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist', 'cli', 'main.js')
const litmusTest = join(catalogueFolder, 'ats-before-context-flush.litmus')

/** What the built command prints to a pipe. */
const piped = (...words: readonly string[]): string =>
  spawnSync(process.execPath, [main, ...words], { encoding: 'utf8' }).stdout

/** Lines that could have been broken, and were not. */
const tooLong = (text: string): string[] =>
  text.split('\n').filter((line) => line.length > mailWidth && line.trim().includes(' '))

/** The same, where a pipe is only said to be there. */
const said = async (...words: readonly string[]): Promise<string> => (await runBuilt(folder, words)).out

test('no line of a report is too long for a mail', { tags: 'long' }, async () => {
  const checked = await said('check', 'pin-all', '--configuration', 'plain', '--runs', '300', '--save', folder)
  const [trace = ''] = readdirSync(folder)
  const replayed = await said('replay', join(folder, trace))
  const explored = await said('explore', 'b1', '--scope', 'N=2,V=1,D=1')
  const reports = [checked, replayed, explored, piped('litmus', litmusTest)]
  expect(reports.map((text) => text.split('\n').length > 3)).toEqual([true, true, true, true])
  expect(reports.flatMap(tooLong)).toEqual([])
})

test('a terminal, which breaks lines itself, gets them whole, and so does what reads JSON', async () => {
  const io = fakeIo({ isTerminal: true })
  await run(['litmus', litmusTest], io)
  expect(tooLong(io.said().out)).not.toEqual([])
  expect(tooLong(piped('litmus', litmusTest, '--json'))).not.toEqual([])
})
