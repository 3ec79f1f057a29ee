import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { blocksOf, commandsOf } from './testing/markdown.js'
import { OwnProject, type Ran } from './testing/own-project.js'

const blocks = blocksOf(readFileSync(new URL('../docs/tutorial.md', import.meta.url), 'utf8'))
const own = new OwnProject({})
afterAll(() => own.remove())

/** A reader compares words, and a terminal may break lines elsewhere. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** As the shell does: `folder/name.*.ndjson` stands for the files of that name. */
function expanded(word: string): string[] {
  if (!word.includes('*')) return [word]
  const [start = '', end = ''] = word.split('*')
  const folder = dirname(word)
  const found = readdirSync(join(own.folder, folder)).map((name) => join(folder, name))
  return found.filter((name) => name.startsWith(start) && name.endsWith(end))
}

/** What the commands of a block print together; each ends with the status that its comment promises. */
function ranAll(text: string): string {
  return commandsOf(text)
    .map(({ words, status }) => {
      const [ran] = own.ran(words.flatMap(expanded)) as [Ran]
      expect({ words, status: ran.status, err: ran.err }).toEqual({ words, status, err: '' })
      return ran.out
    })
    .join('\n')
}

/** Every piece of a quotation between two lines `…` is in the output, in this order. */
function expectQuoted(quotation: string, output: string): void {
  let rest = plain(output)
  for (const piece of quotation.split(/^…$/m).map(plain)) {
    expect(rest).toContain(piece)
    rest = rest.slice(rest.indexOf(piece) + piece.length)
  }
}

test('the files and commands of the tutorial do what it says and print what it quotes', {
  tags: 'long',
  timeout: 300_000,
}, () => {
  let output = ''
  for (const { language, title, text } of blocks) {
    if (language === 'js') own.write(title, text)
    if (language === 'sh') output = ranAll(text)
    if (language === 'text') expectQuoted(text, output)
  }
  expect(blocks.filter(({ language }) => language === 'sh').length).toBeGreaterThan(5)
})

test('a quotation of what was not printed is refused, and so is another order', () => {
  expectQuoted('a  b\n…\nd\n', 'a b\nc\nd\n')
  expect(() => expectQuoted('a c\n', 'a b\nc\n')).toThrow()
  expect(() => expectQuoted('d\n…\na b\n', 'a b\nc\nd\n')).toThrow()
})
