import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { problemText } from '../base/result.js'
import { builtIn } from '../search/catalogue/catalogue.js'
import { type MachineConfig, machineConfigSchema } from '../search/machine-config.js'
import { raceActions, raceSetup, runOf, simulatorOf } from '../search/testing/race.js'
import { record, writeTrace } from '../search/trace.js'
import { openTrace } from './trace-file.js'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
afterAll(() => rmSync(folder, { recursive: true }))

const setup = machineConfigSchema.parse(raceSetup)
const found = { property: 'host-survives', seed: 1, why: 'the host takes a machine check' }
const trace = record(simulatorOf(raceSetup), setup, runOf(raceActions), found)

/** What `openTrace` says of the trace with another setup. */
function saidOf(changed: Partial<MachineConfig>): string {
  const path = join(folder, 'changed.ndjson')
  writeFileSync(path, writeTrace({ ...trace, header: { ...trace.header, setup: { ...setup, ...changed } } }))
  const opened = openTrace(path, builtIn)
  return opened.ok ? 'opened' : problemText(opened.problem, 'f')
}

test('a transcript is refused with what takes it', () => {
  const path = join(folder, 'transcript.ndjson')
  writeFileSync(path, '{"dmaproof":"transcript","format":1}\n')
  const opened = openTrace(path, builtIn)
  expect(opened.ok ? '' : problemText(opened.problem, 'f')).toContain('found a transcript, expected a trace')
})

test('a trace of a known design is opened', () => {
  expect(saidOf({})).toBe('opened')
})

test('a trace of a design that is not known is refused at its header, with how to name its module', () => {
  expect(saidOf({ design: 'my-own' })).toMatch(
    /^f:1: design: unknown name "my-own"\n {2}If it is your own, name the module that exports it: .* --designs FILE$/,
  )
})

test('what else is wrong with the machine is no reason to look for a design', () => {
  expect(saidOf({ driver: 'none' })).toMatch(/^f:1: driver: \S+ has no driver "none"; it has [^\n]*$/)
  expect(saidOf({ platform: 'design:' })).toMatch(/^f:1: platform: found "design:", expected one of [^\n]*$/)
})

test('a machine that a rule makes impossible is refused with the rule', () => {
  expect(saidOf({ scope: { ...setup.scope, backing: 'in-place' }, platform: 'linux-7.2' })).toMatch(
    /^f:1: not applicable: .* \[\w+\.[\w-]+\/[\w-]+\]$/,
  )
})
