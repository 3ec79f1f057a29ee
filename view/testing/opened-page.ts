import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { must } from '../../base/result.js'
import type { PageData } from '../data.js'
import { html } from '../html.js'

export type Colours = 'light' | 'dark'

interface Opening {
  /** Where the file of the page is written. */
  readonly folder: string
  /** Emptied first: what the page prints, throws or asks for. */
  readonly heard: string[]
  readonly data: PageData
  readonly fragment?: string
  readonly colours?: Colours
}

/** For tests: the page that shows some data, opened from a file as a user does. */
export async function openedPage(browser: Browser, opening: Opening): Promise<Page> {
  const { folder, heard, data, fragment = '', colours = 'light' } = opening
  heard.length = 0
  const file = join(folder, 'page.html')
  writeFileSync(file, must(html(data)))
  const viewport = { width: 1440, height: 900 }
  const page = await browser.newPage({ colorScheme: colours, viewport, bypassCSP: false })
  page.on('console', (message) => heard.push(message.text()))
  page.on('pageerror', (error) => heard.push(error.message))
  page.on('dialog', (dialog) => heard.push(dialog.message()))
  page.on('request', (request) => {
    if (request.url().startsWith('file:') === false) heard.push(request.url())
  })
  await page.goto(pathToFileURL(file).href + fragment)
  return page
}
