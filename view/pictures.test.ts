/** @module-tag long */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { must } from '../base/result.js'
import { chromiumPath, launchChromium } from '../report/testing/chromium.js'
import type { PageData } from './data.js'
import { html } from './html.js'
import { buildPage } from './testing/build-page.js'
import { keptEntry } from './testing/divergence.js'
import { lostWrite } from './testing/large-guest.js'
import { otherFonts, pictureProblem, steadyLetters } from './testing/picture.js'
import { dataOf, livelock, race } from './testing/shown.js'

const isUpdate = process.env.DMAPROOF_UPDATE !== undefined

/** The page of a guest of 64 GiB. To boot one takes longer than all pictures: its data is kept until it is deleted. */
function largestGuest(): PageData {
  const file = new URL('golden/guest-64-gib.ndjson', import.meta.url)
  if (isUpdate && !existsSync(file)) writeFileSync(file, `${JSON.stringify(dataOf(lostWrite(1 << 24)))}\n`)
  return JSON.parse(readFileSync(file, 'utf8')) as PageData
}

const refused = {
  ...race,
  steps: race.steps.map((one, at) => (at === 4 ? { ...one, outcome: 'EBUSY' as const } : one)),
}

const shown: readonly (readonly [name: string, data: PageData, fragment: string])[] = [
  ['race', dataOf(race), '#step=14&cell=0.1.8'],
  ['livelock', dataOf(livelock()), ''],
  ['lasso', dataOf(livelock()), '#step=5&steps=seen&find=retry'],
  ['two', dataOf(race, refused), ''],
  ['divergence', keptEntry(), ''],
  ['guest-64-gib', largestGuest(), ''],
]

const wide = { width: 1440, height: 900 }
const narrow = { width: 390, height: 1100 }

const fonts = chromiumPath === undefined ? 'there is no chromium here' : await otherFonts()
const title = fonts === undefined ? 'a picture of the page' : `no pictures were compared: ${fonts}`

describe.runIf(fonts === undefined)(title, () => {
  let browser: Browser
  beforeAll(async () => {
    buildPage()
    browser = await launchChromium(steadyLetters)
  }, 60_000)
  afterAll(() => browser.close())

  async function open(data: PageData, fragment: string, colorScheme: 'light' | 'dark', size = wide): Promise<Page> {
    const page = await browser.newPage({ colorScheme, viewport: size })
    const url = 'https://page.invalid/'
    await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: must(html(data)) }))
    await page.goto(url + fragment)
    await expect.poll(() => page.locator('output').count()).toBe(1)
    return page
  }

  const schemes = shown.flatMap((one) => (['light', 'dark'] as const).map((scheme) => [...one, scheme] as const))
  for (const [name, data, fragment, scheme] of schemes) {
    test(`of ${name} in ${scheme} colours is as it is kept`, async () => {
      const page = await open(data, fragment, scheme)
      expect(await pictureProblem(page, `${name}-${scheme}`)).toBeUndefined()
      await page.close()
    })
  }

  for (const [name, data, fragment] of shown.filter(([name]) => name !== 'lasso' && name !== 'two')) {
    test(`of ${name} in a narrow window is as it is kept`, async () => {
      const page = await open(data, fragment, 'light', narrow)
      expect(await pictureProblem(page, `${name}-narrow`)).toBeUndefined()
      await page.close()
    })
  }

  test.skipIf(isUpdate)('is another one without the hatching of one cell', async () => {
    const page = await open(dataOf(race), '#step=14&cell=0.1.8', 'light')
    expect(await pictureProblem(page, 'race-light')).toBeUndefined()
    await page.evaluate("document.querySelector('td.stale').style.backgroundImage = 'none'")
    expect(await pictureProblem(page, 'race-light')).toMatch(/^\d+ pixels of/)
    await page.close()
  })
})
