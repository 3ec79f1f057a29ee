import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { must } from '../base/result.js'
import { visible } from '../base/visible.js'
import type { PageData, ShownRun } from './data.js'
import { html, placeholder } from './html.js'
import { buildPage } from './testing/build-page.js'

beforeAll(buildPage)

const none: PageData = { runs: [], kinds: [], rules: [] }
const run: ShownRun = {
  name: '',
  about: '',
  property: '',
  why: '',
  end: '',
  start: '',
  through: [],
  actors: [],
  steps: [],
  taken: 0,
}
const hostile = [
  '</script><script>alert(1)</script>',
  '<!--<script>',
  '<img src=x onerror=alert(1)>',
  '__proto__',
  '\u2028\u202e\0$&',
]
const pageWith = (texts: readonly string[]): PageData => ({
  ...none,
  runs: texts.map((text) => ({ ...run, name: text, why: text, property: text })),
})
const withTexts = pageWith(hostile)

/** What stands between the data's element and its end. */
const dataOf = (page: string): string => /id="data">([^<]*)<\/script>/.exec(page)?.[1] ?? ''

describe('the page', () => {
  test('is smaller than 120 kB beside its data', () => {
    expect(Buffer.byteLength(must(html(none)))).toBeLessThan(120_000)
  })

  test('allows its own script and style by their hashes, and nothing else', () => {
    const page = must(html(withTexts))
    const hashOf = (tag: string) => {
      const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? ''
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    }
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]
    expect(policy?.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hashOf('script')}`,
      `style-src ${hashOf('style')}`,
      "base-uri 'none'",
      "form-action 'none'",
    ])
  })

  test('names nothing that would be loaded', () => {
    expect(must(html(none)).replaceAll('http-equiv', '')).not.toMatch(/\b(src|href)="|url\(|@import|fetch\(|XMLHttp/)
  })

  test('has one place for its data, and has the data there', () => {
    expect(must(html(withTexts))).not.toContain(placeholder)
    expect(JSON.parse(dataOf(must(html(withTexts))))).toEqual(pageWith(hostile.map(visible)))
  })

  test('has no more elements by what the texts of a trace say', () => {
    const elements = (page: string) => page.match(/<[!/]?[a-z-]+/gi)?.length
    expect(elements(must(html(withTexts)))).toBe(elements(must(html(none))))
  })
})
