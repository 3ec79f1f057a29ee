import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readTargets } from './config.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))

function read(text: string) {
  const path = join(folder, 'dmaproof.config.json')
  writeFileSync(path, text)
  return readTargets(path)
}

test('targets have names, commands, and what is usual for them', () => {
  const targets = { mapper: { command: './mapper', interface: 'iommufd', platform: 'linux-6.12', timeout: 3 } }
  expect(read(JSON.stringify({ targets }))).toEqual({ ok: true, value: targets })
})

test('without a file nothing has a name', () => {
  expect(readTargets(join(folder, 'none.json'))).toEqual({ ok: true, value: {} })
})

test.each([
  ['{', 'not JSON'],
  ['{"targets":{"a":{}}}', 'targets.a.command'],
  ['{"targets":{"a":{"command":"./a","interface":"type9"}}}', 'targets.a.interface'],
  ['{"target":{}}', 'targets'],
  ['{"targets":{"a":{"command":"./a","timeout":1e9}}}', 'timeout: found 1000000000, expected number to be <=1000000'],
])('%s is refused with the place that is wrong', (text, place) => {
  expect(read(text)).toMatchObject({ ok: false, problem: { message: expect.stringContaining(place) } })
})
