/** @module-tag long */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeViolations, chromiumPath, launchChromium } from '../testing/chromium.js'
import type { CiOutcome } from './outcome.js'
import { outcomesPage } from './page.js'

const hostile = '</style><script>document.title = "taken"</script><img src=x onerror=alert(1)>'
const outcomes: readonly CiOutcome[] = [
  { suite: 'on-demand-4k · type1v2', name: 'no-stale-frame', status: 'pass', why: 'held: all 2,981 states' },
  { suite: hostile, name: 'no-stale-frame', status: 'fail', why: hostile, detail: `step 1\n${hostile}` },
  { suite: hostile, name: hostile, status: 'error', why: 'a bound' },
  { suite: hostile, name: 'x', status: 'skip', why: 'no rule' },
]
const title = chromiumPath === undefined ? 'not tried: there is no chromium here' : 'a report page in chromium'

describe.runIf(chromiumPath)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
  const file = join(folder, 'report.html')
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
    writeFileSync(file, outcomesPage('check', outcomes))
  }, 30_000)
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })

  test('shows a picture in its own colours, and its figures as text', async () => {
    const head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" role="img" aria-label="p">'
    const svg = `${head}<style>.a{fill:rgb(1,2,3)}</style><rect class="a" width="9" height="9"/></svg>`
    const shown = join(folder, 'figure.html')
    writeFileSync(shown, outcomesPage('compare', outcomes, [{ title: hostile, svg, text: hostile }]))
    const page = await browser.newPage({ bypassCSP: false })
    const heard: string[] = []
    page.on('console', (message) => heard.push(message.text()))
    await page.goto(pathToFileURL(shown).href)
    expect(await page.evaluate("getComputedStyle(document.querySelector('rect')).fill")).toBe('rgb(1, 2, 3)')
    expect(await page.locator('main > pre').textContent()).toBe(hostile)
    expect([await axeViolations(page), heard]).toEqual([[], []])
    await page.close()
  })

  test('is no wider than a narrow window, where its table scrolls by itself', async () => {
    const wide = Array.from({ length: 18 }, (_, at) => ({ ...outcomes[0], name: `question-number-${at}` }))
    const shown = join(folder, 'wide.html')
    writeFileSync(shown, outcomesPage('check', wide as CiOutcome[]))
    const page = await browser.newPage({ bypassCSP: false, viewport: { width: 390, height: 844 } })
    await page.goto(pathToFileURL(shown).href)
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
    const beyond = "document.querySelector('.box').scrollWidth - document.querySelector('.box').clientWidth"
    expect(await page.evaluate(beyond)).toBeGreaterThan(500)
    expect(await axeViolations(page)).toEqual([])
    await page.close()
  })

  test('is a list where there are many questions, with a column of subjects only if there are several', async () => {
    const heads = async (suites: number) => {
      const many = Array.from({ length: 21 }, (_, at) => ({
        ...{ suite: `subject ${at % suites}`, name: `question ${at}`, status: 'pass', why: `reason ${at}` },
      })) as CiOutcome[]
      const shown = join(folder, `list-${suites}.html`)
      writeFileSync(shown, outcomesPage('litmus', many))
      const page = await browser.newPage({ bypassCSP: false })
      await page.goto(pathToFileURL(shown).href)
      const row = await page.locator('tbody tr').first().innerText()
      expect(await axeViolations(page)).toEqual([])
      expect(row).toContain('reason 0')
      const texts = await page.locator('thead th').allTextContents()
      await page.close()
      return texts
    }
    expect(await heads(1)).toEqual(['question', 'reason'])
    expect(await heads(2)).toEqual(['subject', 'question', 'reason'])
  })

  test.each(['light', 'dark'] as const)(
    'opens a counterexample from its cell, and is accessible in %s colours',
    async (colorScheme) => {
      const page = await browser.newPage({ colorScheme, bypassCSP: false })
      const heard: string[] = []
      page.on('console', (message) => heard.push(message.text()))
      page.on('dialog', (dialog) => heard.push(dialog.message()))
      page.on('request', (request) => request.url().startsWith('file:') || heard.push(request.url()))
      await page.goto(pathToFileURL(file).href)
      expect(await page.locator('section:visible').count()).toBe(0)
      await page.getByRole('link', { name: /^fail: no-stale-frame/ }).click()
      expect(await page.locator('section:visible pre').textContent()).toBe(`step 1\n${hostile}`)
      expect(await axeViolations(page)).toEqual([])
      await page.getByRole('link', { name: 'close' }).click()
      expect(await page.locator('section:visible').count()).toBe(0)
      expect([await page.title(), heard]).toEqual(['dmaproof check', []])
      await page.close()
    },
  )
})
