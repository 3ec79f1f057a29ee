import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { must } from '../base/result.js'
import { chromiumPath, launchChromium } from '../report/testing/chromium.js'
import { readTrace } from '../search/trace.js'
import { buildPage } from '../view/testing/build-page.js'
import { type Design, designs, ranges } from './index.js'
import { type RanSuite, runSuite, unfolded } from './testing/run-suite.js'
import { dmaSuite } from './vitest.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const seed = Number(process.env.DMAPROOF_SEED ?? 1)

/** What a user writes about a design of their own; the last suite's line is the one that an annotation points to. */
const suite = `
import { designs, findDesign, properties } from '${here}index.ts'
import { dmaSuite } from '${here}vitest.ts'

const mine = (name: string) => ({ ...designs[0], name })
const only = (name: string) => properties.filter((property) => property.name === name)
dmaSuite(mine('knows'), { properties: only('no-stale-frame'), expected: { 'no-stale-frame': 'it pins' } })
dmaSuite(mine('fears'), { properties: only('entry-limit'), expected: { 'entry-limit': 'so they say' }, runs: 3 })
const idles = { ...mine('idles'), toShared: designs[0].toShared.slice(1, -1) }
dmaSuite(idles, { properties: only('entry-limit'), length: 1, runs: 1 })
const plain = { configurations: 'plain', seed: ${seed} }
dmaSuite({ ...findDesign('on-demand-4k'), name: 'holds' }, { ...plain, properties: only('accounts-balance') })
const asQemu = { ...designs.find(({ name }) => name === 'attributes-first'), name: 'forgets' }
dmaSuite(asQemu, { properties: only('single-backing'), driver: 'type1v2', seed: ${seed} })
dmaSuite(mine('pins'), { properties: only('no-stale-frame'), seed: ${seed}, pages: 'pages' })
`
const lineOfPins = suite.split('\n').findIndex((line) => line.includes("'pins'")) + 1

const machine = 'type1v2 · separate · tdx-2021-reading'
const violated = `pins · ${machine} no-stale-frame`

test('a malformed design is refused where its suite is declared, with its step', () => {
  const wrong: unknown = { ...designs[0], name: 'mine', toPrivate: [{ call: 'umap', on: ranges.chunk }] }
  expect(() => dmaSuite(wrong as Design)).toThrow(
    'mine: toPrivate[0] (call umap on chunk): unknown call "umap"\n  Did you mean map or unmap?',
  )
})

describe('the suite of a design that is wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
  const regressions = join('.dmaproof', 'regressions')
  const saved = () => readdirSync(join(folder, regressions)).filter((name) => name.startsWith('pins.'))
  let first: RanSuite
  let second: RanSuite

  beforeAll(() => {
    writeFileSync(join(folder, 'mine.test.ts'), suite)
    buildPage()
    first = runSuite(folder)
    writeFileSync(join(folder, regressions, 'broken.ndjson'), '{"dmaproof":"trace"}')
    second = runSuite(folder)
  }, 180_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  test('has one test a property, whose name is the same in every run', () => {
    expect(Object.keys(first.tests).filter((name) => !name.endsWith('saved traces can be read'))).toEqual([
      `knows · ${machine} no-stale-frame is violated: it pins`,
      `fears · ${machine} entry-limit is violated: so they say`,
      `idles · ${machine} entry-limit`,
      `holds · ${machine} accounts-balance`,
      `forgets · ${machine} single-backing`,
      violated,
    ])
    expect(Object.keys(second.tests)).toEqual(Object.keys(first.tests))
  })

  test('fails with the shrunk run in columns, the seed, and the way to see it again', () => {
    expect(first.status).toBe(1)
    const message = unfolded(first.tests[violated])
    expect(message).toContain(`pins · ${machine} violates no-stale-frame: page 0 is reached through`)
    expect(message).toMatch(/\n {2}vCPU 0 *(device 0)?.*\n {2}-+/)
    expect(message).toMatch(/\n {2}guest\.convert gfn=0 private\n/)
    expect(message).toMatch(new RegExp(`\nfound by: random run \\d+ of seed ${seed}, and shrunk to \\d actions?\n`))
    expect(message).toContain(`\nreplay: this test tries ${join(regressions, saved()[0] ?? '?')} first`)
  })

  test('warns of a lock that one conversion takes alone, as the commands do, and runs all the same', () => {
    const says =
      'dmaproof: warning: idles: toPrivate[0] (lock.acquire vm): takes the lock vm, which toShared does not take'
    expect(first.output.split(says)).toHaveLength(2)
  })

  test('writes the page of the counterexample where pages are asked for, and names it', () => {
    const page = join('pages', saved()[0]?.replace(/ndjson$/, 'html') ?? '?')
    expect(first.tests[violated]).toContain(`\npage: ${page}`)
    expect(readFileSync(join(folder, page), 'utf8')).toContain('"property":"no-stale-frame"')
  })

  test.runIf(chromiumPath)('leads by that path to a page that shows the very run', async () => {
    const message = unfolded(first.tests[violated])
    const [, page = ''] = /\npage: (\S+)/.exec(message) ?? []
    const [, length = ''] = /shrunk to (\d+) action/.exec(message) ?? []
    const browser = await launchChromium()
    const opened = await browser.newPage()
    const heard: string[] = []
    opened.on('console', (said) => heard.push(said.text()))
    opened.on('pageerror', (error) => heard.push(error.message))
    await opened.goto(pathToFileURL(join(folder, page)).href)
    await expect.poll(() => opened.locator('output').textContent()).toBe(`step ${length} of ${length}`)
    const trace = must(readTrace(readFileSync(join(folder, regressions, saved()[0] ?? ''), 'utf8')))
    expect(await opened.locator('main').textContent()).toContain(trace.header.why)
    const [, ...rows] = await opened.locator('.row .text').allTextContents()
    expect(rows.map((row) => row.split(' ')[0])).toEqual(trace.steps.map(({ action }) => action.kind))
    expect(await opened.locator('td.violated').count()).toBe(1)
    expect(heard).toEqual([])
    await browser.close()
  })

  test('says what writes the page where none is asked for', () => {
    const message = unfolded(first.tests[`forgets · ${machine} single-backing`])
    expect(message).toContain('\npage: run this test again with DMAPROOF_PAGES=FOLDER, and it is written there')
  })

  test('is annotated by GitHub at the line that declares it', () => {
    const annotations = first.output.split('\n').filter((line) => line.startsWith('::error '))
    const [annotation = ''] = annotations.filter((line) => line.includes('pins'))
    expect(annotation).toMatch(new RegExp(`^::error file=[^,]*mine\\.test\\.ts,.*line=${lineOfPins},column=1::`))
    expect(annotation).toContain('guest.convert gfn=0 private')
    expect(annotations).toHaveLength(4)
  })

  test('saves the shrunk run as a trace, once, and tries it before random runs the next time', () => {
    expect(saved()).toHaveLength(1)
    const path = join(regressions, saved()[0] ?? '')
    const parsed = readTrace(readFileSync(join(folder, path), 'utf8'))
    expect(parsed).toMatchObject({ ok: true, value: { header: { property: 'no-stale-frame', seed } } })
    expect(unfolded(second.tests[violated])).toContain(`\nfound by: ${path}, and shrunk to`)
  })

  test('fails on an expected violation that is not found, and passes on one that is, without keeping it', () => {
    const name = `fears · ${machine} entry-limit is violated: so they say`
    expect(first.tests[name]).toContain('is expected to violate entry-limit, but does not in 300 runs')
    expect(first.tests[`knows · ${machine} no-stale-frame is violated: it pins`]).toBe('')
    expect(readdirSync(join(folder, regressions)).filter((name) => name.startsWith('knows.'))).toEqual([])
  })

  test('says in an annotation how sure it is of a property of which it finds no violation', () => {
    expect(first.tests[`holds · ${machine} accounts-balance`]).toBe('')
    const said = /none-found: none in 200 runs of up to 80 actions; with 95 % confidence fewer than 1 in 67 such runs/
    expect(first.junit).toMatch(said)
    expect(first.junit).toMatch(
      /in 2[01] of 200 runs, at least [\d,]+ can be reached \(Chao2\); one more run would reach/,
    )
  })

  test('fails if the witness of a property was never seen', () => {
    const message = first.tests[`idles · ${machine} entry-limit`]
    expect(message).toContain('entry-limit was never tested: in 100 runs of seed')
    expect(message).toContain('this was never seen: a conversion is answered')
  })

  test('fails on what only another configuration shows, names it, and tries the saved trace there', () => {
    const name = `forgets · ${machine} single-backing`
    expect(unfolded(first.tests[name])).toMatch(
      /found by: configuration "[^"]+", random runs of seed -?\d+, and shrunk to \d+/,
    )
    const [trace = ''] = readdirSync(join(folder, regressions)).filter((file) => file.startsWith('forgets.'))
    expect(unfolded(second.tests[name])).toContain(`found by: ${join(regressions, trace)}, and shrunk to`)
  })

  test('names a saved trace that cannot be read', () => {
    expect(first.tests[`pins · ${machine} saved traces can be read`]).toBe('')
    const message = second.tests[`pins · ${machine} saved traces can be read`]
    expect(message).toContain(`${join(regressions, 'broken.ndjson')}:1: not a trace header: `)
  })
})
