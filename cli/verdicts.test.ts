/** @module-tag long */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import type { z } from 'zod'
import { compareSchema } from '../report/json/verdicts.js'
import { explanations } from '../search/explanations/explanations.js'
import { readTrace } from '../search/trace.js'

const pinned = fileURLToPath(new URL('../docs/verdicts.txt', import.meta.url))
const main = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'cli', 'main.js')
let rows: z.infer<typeof compareSchema> = []

/** The drawn search of the table, as a user runs it. */
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
  const output = execFileSync(process.execPath, [main, 'compare', '--random', '--json', '--save', folder], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  rows = compareSchema.parse(JSON.parse(output))
}, 400_000)

/** One line per machine: what is violated, what is not. */
function lines(): string {
  const machines = new Map<string, string[]>()
  for (const { design, variant, driver, backing, guest, platform, sizes, verdict, property, steps } of rows) {
    const name = variant === '' ? design : `${design}/${variant}`
    const machine = `${name} ${driver} ${backing} ${platform} (${guest} guest, ${sizes})`
    const said = verdict === 'violated' ? `violated ${property} in ${steps}` : `${verdict} ${property}`
    machines.set(machine, [...(machines.get(machine) ?? []), said])
  }
  return [...machines].map(([machine, said]) => `${machine}\n  ${said.join('\n  ')}\n`).join('')
}

test('every verdict of the comparison is the pinned one', () => {
  const text = lines()
  if (process.env.DMAPROOF_UPDATE === '1') writeFileSync(pinned, text)
  expect(existsSync(pinned), 'docs/verdicts.txt is missing: DMAPROOF_UPDATE=1 writes it, for review').toBe(true)
  expect(text).toBe(readFileSync(pinned, 'utf8'))
})

test('no verdict of the comparison is vacuous', () => {
  expect(rows.filter(({ verdict }) => verdict === 'vacuous')).toEqual([])
})

test('every violated verdict has its reason, and every reason a violated verdict', () => {
  const violated = rows.filter(({ verdict }) => verdict === 'violated')
  const isGiven = (why: string) => explanations.some(({ because }) => why.endsWith(because))
  expect(violated.filter(({ why }) => !isGiven(why))).toEqual([])
  expect(explanations.filter(({ because }) => !violated.some(({ why }) => why.endsWith(because)))).toEqual([])
})

test('every violated verdict has a counterexample on disk that is as long as it says', () => {
  for (const { verdict, trace, property, steps } of rows) {
    if (verdict !== 'violated') continue
    const read = readTrace(readFileSync(trace ?? '', 'utf8'))
    expect(read.ok && read.value.header.property).toBe(property)
    expect(read.ok && read.value.steps.length).toBe(steps)
  }
})
