import { existsSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { machineConfigSchema } from '../machine-config.js'
import { raceActions, raceSetup, runOf, simulatorOf } from '../testing/race.js'
import { record, writeTrace } from '../trace.js'
import { isNamedFor } from './naming.js'
import { saveArchived, saveText, saveTrace, temporaryPath } from './save.js'

const folder = () => mkdtempSync(join(tmpdir(), 'dmaproof-'))
const found = { property: 'host-survives', seed: 7, why: 'the host takes a machine check at page 1' }
const trace = record(simulatorOf(raceSetup), machineConfigSchema.parse(raceSetup), runOf(raceActions), found)

test('a counterexample is saved whole, in folders that are made for it, and nothing else is left', () => {
  const at = join(folder(), 'a', 'b')
  const saved = saveTrace(trace, at)
  expect(saved.ok && readFileSync(saved.value, 'utf8')).toBe(writeTrace(trace))
  expect(readdirSync(at)).toHaveLength(1)
})

test('the same find is the same file, another find another', () => {
  const at = folder()
  const first = saveTrace(trace, at)
  expect(saveTrace(trace, at)).toEqual(first)
  saveTrace({ ...trace, header: { ...trace.header, seed: 8 } }, at)
  expect(readdirSync(at)).toHaveLength(2)
})

test('names of designs, however long, give the name of a file', () => {
  const about = Array.from({ length: 4 }, (_, at) => `${at}`.repeat(200))
  const saved = [
    saveArchived(about, 'a', folder()),
    saveArchived([...about.slice(0, 3), `${about[3]}b`], 'b', folder()),
  ]
  const names = saved.map((one) => (one.ok ? basename(one.value) : one.problem.message))
  expect(new Set(names).size).toBe(2)
  for (const name of names) expect(isNamedFor(name, about)).toBe(true)
})

test.skipIf(!existsSync('/dev/full'))('a full disk is one message, and leaves no half a file', () => {
  const at = folder()
  const path = join(at, 'a.ndjson')
  symlinkSync('/dev/full', temporaryPath(path))
  const saved = saveText('lost?', path)
  const message = `${path}: the trace could not be written: the disk is full (ENOSPC); make room, or name another place`
  expect(saved).toEqual({ ok: false, problem: { message } })
  expect(readdirSync(at)).toEqual([])
})

test('a file where the folder should be is one message', () => {
  const at = join(folder(), 'file')
  writeFileSync(at, '')
  const saved = saveText('lost?', join(at, 'a.ndjson'))
  expect(saved.ok ? '' : saved.problem.message).toContain('found a file where a folder was expected')
})

test.skipIf(!existsSync('/proc/self'))('a folder that cannot be made is one message, and no endless loop', () => {
  const saved = saveText('lost?', '/proc/nowhere/deep/a.ndjson')
  expect(saved.ok ? '' : saved.problem.message).toContain('the folder cannot be made there')
})
