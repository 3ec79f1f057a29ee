import { expect, test } from 'vitest'
import { show } from './finding.js'
import { links } from './links.js'
import { readRepository } from './repository.js'

const other = { path: 'docs/other.md', text: '# Other\n\n## Two `words` here\n\n## Twice\n\n## Twice\n' }
const report = (text: string) =>
  links([{ path: 'docs/this.md', text }, other, { path: 'base/a.ts', text: '' }]).map(show)

test('every link of the documents leads to a file or heading that there is', () => {
  expect(links(readRepository()).map(show)).toEqual([])
})

test('links to files, folders, headings and the web pass', () => {
  const text =
    '# Top\n[a](other.md) [b](../base/a.ts) [c](../base/) [d](#top) [e](https://example.org/x#y) [f](mailto:a@b.c)\n'
  expect(
    report(`${text}[g](other.md#two-words-here) ![h](other.md#twice-1) [i][ref]\n\n[ref]: other.md#twice\n`),
  ).toEqual([])
})

test('a link to a file or folder that there is not is reported with its line', () => {
  expect(report('Text,\nand [a link](gone.md) and [another](../gone/).\n')).toEqual([
    'docs/this.md:2: no such file: gone.md',
    'docs/this.md:2: no such file: ../gone/',
  ])
})

test('a link to a heading that there is not is reported with its line', () => {
  expect(report('# Top\n\n[a](#bottom)\n\n[b](other.md#three)\n[c](other.md#twice-2)\n')).toEqual([
    'docs/this.md:3: no such heading: #bottom',
    'docs/this.md:5: no such heading: other.md#three',
    'docs/this.md:6: no such heading: other.md#twice-2',
  ])
})

test('what stands in code is no link', () => {
  expect(report('`[a](gone.md)`\n\n```\n[b](gone.md)\n```\n')).toEqual([])
})
