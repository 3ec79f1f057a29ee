import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { removeLeft } from './temporary-folder.js'

test('a run of the tests has a temporary folder of its own', () => {
  expect(basename(tmpdir())).toMatch(/^dmaproof-tests-\d+$/)
})

test('what a killed run left is removed, and nothing else', () => {
  const inside = mkdtempSync(join(tmpdir(), 'dmaproof-'))
  const { pid: ended } = spawnSync(process.execPath, ['--version'])
  const kept = [`dmaproof-tests-${process.ppid}`, 'dmaproof-tests-x', 'other']
  for (const name of [`dmaproof-tests-${ended}`, ...kept]) {
    mkdirSync(join(inside, name, 'deep'), { recursive: true })
    writeFileSync(join(inside, name, 'deep', 'file'), '')
  }
  removeLeft(inside)
  expect(existsSync(join(inside, `dmaproof-tests-${ended}`))).toBe(false)
  expect(kept.filter((name) => !existsSync(join(inside, name, 'deep', 'file')))).toEqual([])
})
