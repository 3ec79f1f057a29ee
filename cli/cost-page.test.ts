import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { blocksOf, commandsOf } from './testing/markdown.js'
import { OwnProject } from './testing/own-project.js'

const blocks = blocksOf(readFileSync(new URL('../docs/cost.md', import.meta.url), 'utf8'))
const own = new OwnProject({})
afterAll(() => own.remove())

const plain = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** Every piece of a quotation between two lines `…` is in the output, in this order. */
function expectQuoted(quotation: string, output: string): void {
  let rest = plain(output)
  for (const piece of quotation.split(/^…$/m).map(plain)) {
    expect(rest).toContain(piece)
    rest = rest.slice(rest.indexOf(piece) + piece.length)
  }
}

test('each number that the page quotes is that of its run', { tags: 'long', timeout: 300_000 }, () => {
  let output = ''
  let quoted = 0
  for (const { language, title, text } of blocks) {
    if (language === 'json') own.write(title, text)
    if (language === 'sh') {
      const [ran] = own.ran(...commandsOf(text).map(({ words }) => [...words]))
      expect(ran).toMatchObject({ status: 0, err: '' })
      output = ran?.out ?? ''
    }
    if (language === 'text') {
      expectQuoted(text, output)
      quoted += 1
    }
  }
  expect(quoted).toBe(5)
})
