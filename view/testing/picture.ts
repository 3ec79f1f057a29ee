import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pixelmatch from 'pixelmatch'
import type { Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { launchChromium } from '../../report/testing/chromium.js'

const folder = new URL('../golden/', import.meta.url)
const isUpdate = process.env.DMAPROOF_UPDATE !== undefined

/** Of the pixels of a square, at most so many may differ: what a release of chromium draws otherwise is thinner. */
const tolerance = { threshold: 0.1, windowSize: 24, most: 60 } as const

/** Draws letters alike on every machine that has the same fonts. */
export const steadyLetters = ['--disable-lcd-text', '--font-render-hinting=none', '--force-color-profile=srgb']

/** What is wrong with a picture beside the one that is kept; undefined if nothing is. DMAPROOF_UPDATE keeps it. */
export async function pictureProblem(page: Page, name: string): Promise<string | undefined> {
  const found = coarse(PNG.sync.read(await page.screenshot({ animations: 'disabled', caret: 'hide' })))
  const file = new URL(`${name}.png`, folder)
  if (isUpdate) {
    writeFileSync(file, PNG.sync.write(found, { colorType: 2, filterType: 0, deflateLevel: 9, deflateStrategy: 0 }))
    return undefined
  }
  if (!existsSync(file)) return `there is no ${fileURLToPath(file)}; DMAPROOF_UPDATE=1 makes it`
  return difference(PNG.sync.read(readFileSync(file)), found)
}

/** With sixteen levels a colour, which makes the files smaller, and nothing less readable. */
function coarse(picture: PNG): PNG {
  for (const [at, level] of picture.data.entries()) picture.data[at] = Math.round(level / 17) * 17
  return picture
}

function difference(kept: PNG, { width, height, data }: PNG): string | undefined {
  if (kept.width !== width || kept.height !== height) {
    return `${width} × ${height} pixels, expected ${kept.width} × ${kept.height}`
  }
  const { most, ...options } = tolerance
  const differ = pixelmatch(kept.data, data, undefined, width, height, options)
  if (differ <= most) return undefined
  const side = options.windowSize
  const remedy = 'look at it, and accept it by DMAPROOF_UPDATE=1'
  return `${differ} pixels of ${side} × ${side} differ, expected at most ${most}; ${remedy}`
}

/** Widths of a text in the fonts of the page: they tell fonts apart. */
const fontsOf = (page: Page): Promise<string> =>
  page.evaluate<string>(`[['14px system-ui, sans-serif'], ['12.5px ui-monospace, "DejaVu Sans Mono", monospace']]
    .map(([font]) => {
      const context = document.createElement('canvas').getContext('2d')
      context.font = font
      return font + ': ' + context.measureText('The quick brown fox 0123456789 ●⚠×→–').width.toFixed(1)
    }).join('; ')`)

/** Why pictures cannot be compared here; undefined if they can. */
export async function otherFonts(): Promise<string | undefined> {
  const browser = await launchChromium(steadyLetters)
  const [here, file] = [await fontsOf(await browser.newPage()), new URL('fonts.txt', folder)]
  await browser.close()
  if (isUpdate) writeFileSync(file, `${here}\n`)
  const kept = readFileSync(file, 'utf8').trim()
  return here === kept ? undefined : `the fonts are others than those of the pictures: ${here}, expected ${kept}`
}
