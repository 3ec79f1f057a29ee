/** @module-tag long */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RanSuite, runSuite, unfolded } from './testing/run-suite.js'

const here = fileURLToPath(new URL('.', import.meta.url))

const suite = `
import { findDesign, properties } from '${here}index.ts'
import { dmaSuite } from '${here}vitest.ts'

const only = (name) => properties.filter((property) => property.name === name)
const options = { exhaustive: true, scope: { vcpus: 1 }, properties: only('no-stale-frame') }
dmaSuite({ ...findDesign('on-demand-4k'), name: 'holds' }, options)
dmaSuite({ ...findDesign('pin-all'), name: 'pins' }, { ...options, file: 'pins.ts' })
dmaSuite({ ...findDesign('pin-all'), name: 'knows' }, { ...options, expected: { 'no-stale-frame': 'it pins' } })
dmaSuite({ ...findDesign('on-demand-4k'), name: 'hurries' }, { ...options, scope: { pages: 8 }, time: 0.2 })
`
const machine = 'type1v2 · separate · tdx-2021-reading'
const scope = '2 pages in 1 superpage, 1 vCPU, 1 device, starts shared'

const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
let ran: RanSuite
beforeAll(() => {
  writeFileSync(join(folder, 'mine.test.ts'), suite)
  ran = runSuite(folder)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

test('an exhaustive suite says in the name of a test that it is held, and in which scope', () => {
  expect(ran.tests[`holds · ${machine} no-stale-frame is held: ${scope}`]).toBe('')
})

test('and how many states it saw, in an annotation', () => {
  expect(ran.junit).toMatch(new RegExp(`held: all [\\d,]+ states.*, [\\d,]+ steps, depth \\d+; ${scope}`))
})

test('a violation fails with the run, and with the command that replays it where the module is named', () => {
  const message = unfolded(ran.tests[`pins · ${machine} no-stale-frame is held: ${scope}`])
  expect(message).toContain('pins · ')
  expect(message).toContain(`found by: a search of all states, ${scope}`)
  const [, path = ''] = /replay: npx dmaproof replay (\S+) --designs pins\.ts/.exec(message) ?? []
  expect(readFileSync(join(folder, path), 'utf8')).toContain('"designs":["pins.ts"]')
  const page = `${parse(path).name}.html`
  expect(message).toContain(`page: npx dmaproof view ${path} -o ${page} --designs pins.ts`)
})

test('one that is expected passes', () => {
  expect(ran.tests[`knows · ${machine} no-stale-frame is violated: it pins`]).toBe('')
})

test('what time did not suffice for is not decided, and fails', () => {
  const [message = ''] = Object.entries(ran.tests).flatMap(([name, text]) =>
    name.startsWith('hurries') && name.includes('no-stale-frame') ? [text] : [],
  )
  expect(message).toContain('no-stale-frame is not decided: the bound of time was reached')
  expect(message).toContain('give it more time, or ask for a smaller scope')
})
