/** @module-tag long */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import type { z } from 'zod'
import { compareSchema } from '../report/json/verdicts.js'
import { golden } from '../report/testing/golden.js'
import { explanations } from '../search/explanations/explanations.js'
import { readTrace } from '../search/trace.js'

const main = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'cli', 'main.js')
let rows: z.infer<typeof compareSchema> = []

/** The main job, as a user runs it, but not against the clock: a slow machine is to find the same. */
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
  const words = ['compare', '--time', '3600', '--states', '2000000', '--json', '--save', folder]
  const output = execFileSync(process.execPath, [main, ...words], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  rows = compareSchema.parse(JSON.parse(output))
}, 900_000)

/** One line per machine, with what its search saw; a line per property. */
function lines(): string {
  const machines = new Map<string, string[]>()
  for (const { design, variant, driver, backing, guest, platform, sizes, verdict, property, steps, ...rest } of rows) {
    const name = variant === '' ? design : `${design}/${variant}`
    const saw = rest.states === null ? '' : `: ${rest.states} states, depth ${rest.depth}`
    const machine = `${name} ${driver} ${backing} ${platform} (${guest} guest, ${sizes})${saw}`
    const said = verdict === 'violated' ? `violated ${property} in ${steps}` : `${verdict} ${property}`
    machines.set(machine, [...(machines.get(machine) ?? []), said])
  }
  return [...machines].map(([machine, said]) => `${machine}\n  ${said.join('\n  ')}\n`).join('')
}

test('every proof of the comparison is the pinned one, with its scope, states and depth', () => {
  const text = lines()
  expect(text).toBe(golden(new URL('../docs/proofs.txt', import.meta.url), text))
})

test('every cell is decided, and none is vacuous', () => {
  const decided = ['held', 'violated', 'not-applicable']
  expect(rows.filter(({ verdict }) => !decided.includes(verdict))).toEqual([])
})

/** How often each violation stands in a file, by machine and property, whatever the sizes. */
function violations(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  let machine = ''
  for (const line of text.split('\n')) {
    const [, property] = /^ {2}violated (\S+)/.exec(line) ?? []
    if (!line.startsWith(' ')) machine = line.replace(/ guest, .*/, '')
    else if (property !== undefined)
      counts.set(`${machine} ${property}`, (counts.get(`${machine} ${property}`) ?? 0) + 1)
  }
  return counts
}

test('every violation that drawn runs find at larger sizes is found at these', () => {
  const drawn = violations(readFileSync(new URL('../docs/verdicts.txt', import.meta.url), 'utf8'))
  const proved = violations(lines())
  expect([...drawn].filter(([key, count]) => (proved.get(key) ?? 0) < count)).toEqual([])
})

test('every violated verdict has its reason', () => {
  const violated = rows.filter(({ verdict }) => verdict === 'violated')
  expect(violated.filter(({ why }) => !explanations.some(({ because }) => why.endsWith(because)))).toEqual([])
})

test('every violated verdict has a counterexample on disk that is as long as it says', () => {
  for (const { verdict, trace, property, steps } of rows) {
    if (verdict !== 'violated') continue
    const read = readTrace(readFileSync(trace ?? '', 'utf8'))
    expect(read.ok && read.value.header.property).toBe(property)
    expect(read.ok && read.value.steps.length).toBe(steps)
  }
})
