import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { must } from '../../base/result.js'
import { addRunEvidence, type RuleEvidence, readRuleEvidence } from '../../conform/oracle/rule-evidence.js'
import { conformancePage, type Recorded } from './conformance.js'

const pathOf = (name: string) => fileURLToPath(new URL(`../../conform/recorded/${name}.json`, import.meta.url))
const page = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url))

function recorded(name: string): RuleEvidence {
  const read = readRuleEvidence(pathOf(name))
  if (!read.ok) throw new Error(read.problem.message)
  return read.value
}

const all = (): Recorded => ({
  linux612: recorded('linux-6.12'),
  linux72: recorded('linux-7.2'),
  processes: [recorded('page-table'), recorded('secure-ept'), recorded('rmm')],
})

test('docs/conformance.md is what the recorded runs say', () => {
  const text = conformancePage(all())
  if (process.env.DMAPROOF_UPDATE === '1') writeFileSync(page, text)
  expect(text).toBe(readFileSync(page, 'utf8'))
})

test('a rule that decisive no reply is not marked so, and one of another version is not marked at all', () => {
  const before = all()
  const { runs } = before.linux612
  const first = runs.flatMap(({ decisive }) => decisive).find((id) => id.startsWith('iommufd.')) ?? ''
  const cut = runs.map((run) => ({ ...run, decisive: run.decisive.filter((id) => id !== first) }))
  const without = { ...before, linux612: { ...before.linux612, runs: cut } }
  const marks = (recorded: Recorded, id: string) =>
    conformancePage(recorded)
      .split('\n')
      .find((line) => line.startsWith(`| \`${id}\``))
      ?.split('|')
      .slice(-4, -1)
      .map((mark) => mark.trim())
  expect(marks(before, first)?.[0]).toBe('✓')
  expect(marks(without, first)?.[0]).not.toBe('✓')
  expect(marks(before, 'vtd.permissions/write-only-readable-6-12')).toEqual(['○', '', ''])
})

test('a recorded rule that there is not is refused by name', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'dmaproof-')), 'x.json')
  const { runs, ...about } = recorded('linux-7.2')
  const wrong = runs.map((run) => ({ ...run, exercised: ['vfio.map/nonsense'] }))
  writeFileSync(path, JSON.stringify({ ...about, runs: wrong }))
  expect(readRuleEvidence(path)).toMatchObject({
    ok: false,
    problem: { message: expect.stringContaining('"vfio.map/nonsense"') },
  })
})

describe('a recorded run', () => {
  const about = { target: 't', platform: 'linux-7.2' }
  const run = { interface: 'type1', seed: 1, sequences: 5, calls: 9, decisive: ['a'], exercised: ['b'] }

  test('replaces the last one of its interface, with its rules', () => {
    const one = must(addRunEvidence(undefined, about, run))
    const both = must(addRunEvidence(one, about, { ...run, interface: 'iommufd' }))
    expect(both.runs.map((each) => each.interface)).toEqual(['type1', 'iommufd'])
    expect(must(addRunEvidence(both, about, { ...run, decisive: [] })).runs[1]).toEqual({ ...run, decisive: [] })
  })

  test('is not mixed with those of another target or platform', () => {
    const one = must(addRunEvidence(undefined, about, run))
    expect(addRunEvidence(one, { ...about, target: 'u' }, run)).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining('its target is t') },
    })
    expect(addRunEvidence(one, { ...about, platform: 'x' }, run)).toMatchObject({ ok: false })
  })
})
