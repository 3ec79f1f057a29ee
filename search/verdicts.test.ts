import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { cells, compareOptions } from './cells.js'
import { reasons } from './reasons.js'
import { judgeSetup, type Verdict } from './verdict.js'
import { reasonFor, verdictLine } from './verdict-line.js'

const pinned = fileURLToPath(new URL('verdicts.txt', import.meta.url))
const found: (readonly Verdict[])[] = []

beforeAll(() => {
  for (const cell of cells()) {
    const verdicts = judgeSetup(cell.setup, cell.properties, compareOptions)
    if ('message' in verdicts) throw new Error(verdicts.message)
    found.push(verdicts)
  }
}, 600_000)

test('every verdict of the comparison is the pinned one', () => {
  const text = `${found.map(verdictLine).join('\n')}\n`
  if (process.env.DMAPROOF_UPDATE === '1') writeFileSync(pinned, text)
  expect(existsSync(pinned), 'search/verdicts.txt is missing: review it and commit it').toBe(true)
  expect(text).toBe(readFileSync(pinned, 'utf8'))
})

test('no verdict of the comparison is vacuous', () => {
  expect(found.flat().filter(({ verdict }) => verdict === 'vacuous')).toEqual([])
})

test('every violated verdict has its reason, and every reason a violated verdict', () => {
  const violated = found.flat().filter(({ verdict }) => verdict === 'violated')
  expect(violated.filter((verdict) => reasonFor(verdict) === undefined).map((v) => verdictLine([v]))).toEqual([])
  const used = new Set(violated.map(reasonFor))
  expect(reasons.filter((reason) => !used.has(reason))).toEqual([])
})

test('every violated verdict has a counterexample that ends in its property', () => {
  for (const { verdict, trace, property, steps } of found.flat()) {
    if (verdict !== 'violated') continue
    expect(trace?.header.property).toBe(property)
    expect(trace?.steps).toHaveLength(steps ?? -1)
  }
})
