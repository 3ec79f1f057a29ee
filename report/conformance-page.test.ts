import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { addRun, type Rested, readRested } from '../conform/rested.js'
import { conformancePage, type Recorded } from './conformance-page.js'

const pathOf = (name: string) => fileURLToPath(new URL(`../conform/recorded/${name}.json`, import.meta.url))
const page = fileURLToPath(new URL('../docs/conformance.md', import.meta.url))

function recorded(name: string): Rested {
  const read = readRested(pathOf(name))
  if (!read.ok) throw new Error(read.message)
  return read.value
}

const all = (): Recorded => ({
  linux612: recorded('linux-6.12'),
  linux72: recorded('linux-7.2'),
  processes: [recorded('page-table'), recorded('secure-ept')],
})

test('docs/conformance.md is what the recorded runs say', () => {
  const text = conformancePage(all())
  if (process.env.DMAPROOF_UPDATE === '1') writeFileSync(page, text)
  expect(text).toBe(readFileSync(page, 'utf8'))
})

test('a rule that the runs did not rest on is not checked, and one of the other kernel is not either', () => {
  const before = all()
  const [first = ''] = before.linux612.rules.filter((id) => id.startsWith('iommufd.'))
  const without = { ...before.linux612, rules: before.linux612.rules.filter((id) => id !== first) }
  const row = (text: string, id: string) => text.split('\n').find((line) => line.startsWith(`| \`${id}\``))
  expect(row(conformancePage(before), first)).toMatch(/\| ✓ \| [^|]* \| [^|]* \|$/)
  expect(row(conformancePage({ ...before, linux612: without }), first)).toMatch(/\| {2}\| [^|]* \| [^|]* \|$/)
  expect(row(conformancePage(before), 'vtd.permissions/write-only-readable-6-12')).toMatch(/\| {2}\| [^|]* \|$/)
})

test('a recorded rule that there is not is refused by name', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'dmaproof-')), 'x.json')
  writeFileSync(path, JSON.stringify({ ...recorded('linux-7.2'), rules: ['vfio.map/nonsense'] }))
  expect(readRested(path)).toMatchObject({ ok: false, message: expect.stringContaining('"vfio.map/nonsense"') })
})

test('a run replaces that of its interface, and keeps what others rested on', () => {
  const run = { interface: 'type1', seed: 1, sequences: 5, calls: 9 }
  const one: Rested = { target: 't', platform: 'linux-7.2', runs: [run], rules: ['a'] }
  const both = addRun(one, { ...one, runs: [{ ...run, interface: 'iommufd' }], rules: ['b'] })
  expect(both).toMatchObject({ runs: [run, { interface: 'iommufd' }], rules: ['a', 'b'] })
  expect(addRun(both, { ...one, runs: [{ ...run, sequences: 7 }] }).runs).toHaveLength(2)
})
