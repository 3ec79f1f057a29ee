import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { shareDone } from './sections.js'

const sections = [{ name: 'short' }, { name: 'long' }]

test('the share that is done follows the times of the run before, and is not known where a section has none', () => {
  const times = { short: 10, long: 30, gone: 5 }
  expect([0, 1, 2].map((done) => shareDone(sections, done, times))).toEqual([0, 0.25, 1])
  expect(shareDone(sections, 1, { short: 10 })).toBe(undefined)
})

/** A line of each kind, and what it says of what was measured. */
const lines = [
  /^random, biased choice, .*: [\d,]+ steps a second$/,
  /^conformance, the page table in C as a process: [\d,]+ calls a second$/,
  /^\| on-demand-4k \| 1 page, 1 vCPU, 1 device \| [\d,]+ \| 800 \|/,
  /^hitless-cut, 2 pages, 1 vCPU, \d+ properties: [\d,]+ of [\d,]+ states a second, /,
  /^hitless-cut, 2 pages, 1 vCPU: 2 workers are \d+\.\d\d \(.*\) times as fast as 1; two searches at once do \d/,
  /^hitless-cut, .*, \d+ words a state: 16 GiB hold [\d,]+ states, with --compress [\d,]+, \d\.\d\d times/,
  /^on-demand-4k, 2 pages, 1 vCPU: [\d,]+ states, [\d,]+ up to symmetry, \d\.\d\d times fewer$/,
  /^dmaproof explore b1 --scope N=2,V=1,D=1: \d+ s, status 0$/,
]

test('every kind of figure that npm run bench prints is made, of machines that take no time', {
  tags: 'long',
  timeout: 400_000,
}, () => {
  const cwd = mkdtempSync(join(tmpdir(), 'dmaproof-bench-'))
  const program = resolve('dist/bench/main.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--small'], { cwd, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  const said = stdout.split('\n')
  expect(lines.filter((line) => !said.some((one) => line.test(one)))).toEqual([])
  expect(stdout).not.toMatch(/NaN|undefined|Infinity/)
})
