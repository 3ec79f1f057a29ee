import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { must } from '../../base/result.js'
import { chromiumPath, launchChromium } from '../../report/testing/chromium.js'
import type { PageData } from '../data.js'
import { html } from '../html.js'
import { buildPage } from './build-page.js'

export type Colours = 'light' | 'dark'

/** For tests: the title of a suite in chromium, which says so if there is none. */
export const inChromium =
  chromiumPath === undefined ? 'the page was not tried: there is no chromium here' : 'the page in chromium'

interface Opened {
  /** Opens the page that shows some data from a file, as a user does; the one before it is closed. */
  readonly open: (data: PageData, fragment?: string, colours?: Colours) => Promise<void>
  /** What the page has printed, thrown or asked for since it was opened; it is to stay empty. */
  readonly heard: readonly string[]
}

/** For the tests of one suite: a browser, a folder for the file of the page, and both gone at the end. */
export function openPages(take: (page: Page) => void): Opened {
  const folder = mkdtempSync(join(tmpdir(), 'dmaproof-'))
  const heard: string[] = []
  let browser: Browser
  let page: Page | undefined
  beforeAll(async () => {
    buildPage()
    browser = await launchChromium()
  }, 30_000)
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })
  const open: Opened['open'] = async (data, fragment = '', colours = 'light') => {
    await page?.close()
    heard.length = 0
    const file = join(folder, 'page.html')
    writeFileSync(file, must(html(data)))
    page = await heardPage(browser, colours, heard)
    take(page)
    await page.goto(pathToFileURL(file).href + fragment)
  }
  return { open, heard }
}

async function heardPage(browser: Browser, colorScheme: Colours, heard: string[]): Promise<Page> {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1440, height: 900 }, bypassCSP: false })
  page.on('console', (message) => heard.push(message.text()))
  page.on('pageerror', (error) => heard.push(error.message))
  page.on('dialog', (dialog) => heard.push(dialog.message()))
  page.on('request', (request) => {
    if (request.url().startsWith('file:') === false) heard.push(request.url())
  })
  return page
}
