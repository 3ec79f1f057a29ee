import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Debian's chromium; undefined where there is none. */
export const chromiumPath = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'chromium'))
  .find(existsSync)

/** @param more words of its command line */
export const launchChromium = (more: readonly string[] = []): Promise<Browser> => {
  const args = [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...more]
  return chromium.launch({ ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }), args })
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * What the rules of axe find wrong with a page. The policy of the page lets no other script in; the protocol of the
 * browser does.
 */
export const axeViolations = (page: Page): Promise<unknown> =>
  page.evaluate(`(() => { ${axe} })(); axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).slice(0, 3).join(' ')))`)
