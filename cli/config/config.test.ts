import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from './config.js'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Reads the configuration of a new folder with these files. */
function read(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return readConfig(folder)
}

const json = (text: string) => read({ 'dmaproof.config.json': text })

test('targets have names, commands, and what is usual for them', async () => {
  const targets = { mapper: { command: './mapper', interface: 'iommufd', platform: 'linux-6.12', timeout: 3 } }
  expect(await json(JSON.stringify({ targets }))).toEqual({
    ok: true,
    value: { targets, path: 'dmaproof.config.json' },
  })
})

test('JSON and the default export of a module say the same', async () => {
  const config = {
    designs: ['mine.js'],
    platforms: { lab: 'linux-7.2 drain=none' },
    defaults: { platform: 'lab', scope: { pages: 2 } },
  }
  const module = `export default ${JSON.stringify(config)}`
  expect(await json(JSON.stringify(config))).toMatchObject({ ok: true, value: config })
  expect(await read({ 'dmaproof.config.js': module, 'package.json': '{"type":"module"}' })).toMatchObject({
    ok: true,
    value: config,
  })
})

test('without a file there is nothing', async () => {
  expect(await read({})).toEqual({ ok: true, value: {} })
})

test.each([
  ['{', 'dmaproof.config.json: not JSON'],
  ['{"targets":{"a":{}}}', 'targets.a.command'],
  ['{"targets":{"a":{"command":"./a","interface":"type9"}}}', 'targets.a.interface'],
  ['{"target":{}}', 'found "target", expected no such field'],
  ['{"targets":{"a":{"command":"./a","timeout":1e9}}}', 'timeout: found 1000000000, expected number to be <=1000000'],
  ['{"designs":"mine.ts"}', 'designs: found "mine.ts", expected array'],
  ['{"defaults":{"sed":1}}', 'defaults: found "sed", expected no such field'],
  ['{"platforms":{"lab":"linux-9"}}', 'platforms.lab: platform: found "linux-9", expected one of'],
  ['{"platforms":{"lab":"linux-7.2 drian=none"}}', 'platforms.lab: '],
])('%s is refused with the place that is wrong', async (text, place) => {
  expect(await json(text)).toMatchObject({ ok: false, problem: { message: expect.stringContaining(place) } })
})

test('two configurations, a module without a default export, and one that throws are refused', async () => {
  const module = { 'package.json': '{"type":"module"}' }
  expect(await read({ 'dmaproof.config.json': '{}', 'dmaproof.config.js': '' })).toMatchObject({
    problem: { message: 'found both dmaproof.config.json and dmaproof.config.js; expected one of them' },
  })
  expect(await read({ ...module, 'dmaproof.config.js': 'export const a = 1' })).toMatchObject({
    problem: { message: expect.stringContaining('dmaproof.config.js: found no default export') },
  })
  expect(await read({ ...module, 'dmaproof.config.js': 'throw new Error("no")' })).toMatchObject({
    problem: { message: 'dmaproof.config.js: the module does not load: Error: no (line 1)' },
  })
})
