/** @module-tag long */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogueFolder } from '../../litmus/catalogue.js'
import { sha256 } from '../../search/cells/cell.js'
import { OwnProject, type Ran } from '../testing/own-project.js'

const own = new OwnProject({})
afterAll(() => own.remove())

/** What was measured is that of each search, and no two searches take the same time. */
const timeless = (text = ''): string =>
  text
    .replace(/("seconds": ?)[\d.e-]+/g, '$1T')
    .replace(/[\d.]+\s+s\s+\([\d,]+\s+states\/s\),\s+(\d+)\s+bytes\s+a\s+record/g, 'T, $1 bytes') // folded by its width
    .replace(/^(Time \S+) [\d.]+$/gm, '$1 T')
const withoutTime = ({ status, out, err }: Ran): Ran => ({ status, out: timeless(out), err })

const scope = ['--scope', 'pages=1,pagesPerSuperpage=1,vcpus=1']
const explored = ['explore', 'pin-all', ...scope, '--property', 'no-private-reach']
const names = ['unmap-cuts-type1v1', 'unmap-hole-compat', 'private-gpa-passes', 'root-enhanced']
const files = names.map((name) => join(catalogueFolder, `${name}.litmus`))
const litmus = ['litmus', ...files]

describe.each([
  ['explore', explored, []],
  ['litmus', litmus, ['--show']], // columns are text, and have no effect on JSON
])('cells of %s', { timeout: 200_000 }, (name, asked, shown) => {
  const words = [...asked, ...shown]
  const shard = (part: number) => [...words, '--results', `${name}-${part}`, '--shard', `${part}/2`]
  const parts = [`${name}-1`, `${name}-2`]
  let said: Ran[] = []
  beforeAll(() => {
    said = own
      .ran(
        [...asked, '--json', '--junit', `${name}.xml`],
        words,
        shard(1),
        shard(2),
        ['merge', ...parts, '--json', '--junit', `${name}-merged.xml`, '--into', `${name}-all`],
        ['merge', `${name}-all`],
        shard(1),
        shard(2),
        [...words, '--results', `${name}-plan`, '--plan'],
      )
      .map(withoutTime)
  }, 400_000)

  test('merged equal the whole byte for byte, but for the time, in JSON, text and reports', () => {
    expect(said[4]).toEqual(said[0])
    expect(said[5]).toEqual(said[1])
    const reports = [`${name}.xml`, `${name}-merged.xml`].map((path) => readFileSync(join(own.folder, path), 'utf8'))
    expect(timeless(reports[1])).toBe(timeless(reports[0]))
  })

  test('that are known are printed again, and not searched', () => {
    const counts = parts.map((part, at) => {
      // Which cells a shard has is decided by a hash; it may have none.
      const [first, again] = [said[2 + at], said[6 + at]].map((one) => one?.out.split(/(?:^|\n)shard \d of 2: /))
      const cells = Number(/^(\d+) of/.exec(again?.[1] ?? '')?.[1])
      expect(again?.[0]).toBe(first?.[0])
      expect(again?.[1]).toContain(`${cells} of them known before`)
      expect(readdirSync(join(own.folder, part)).filter((file) => file.endsWith('.ndjson'))).toHaveLength(cells)
      return cells
    })
    expect(Math.max(...counts)).toBeGreaterThan(0)
  })

  test('have a plan of one line each, a key apart, and are searched by the key alone', () => {
    const lines = said[8]?.out.trimEnd().split('\n') ?? []
    expect(new Set(lines.map((line) => line.split('\t')[0])).size).toBe(lines.length)
    const [key = '', title = ''] = lines[0]?.split('\t') ?? []
    const [one, merged] = own.ran([...words, '--results', `${name}-plan`, '--cell', key], ['merge', `${name}-plan`])
    expect(one?.out.replace(/\n */g, ' ')).toContain(`cell ${key.slice(0, 12)}: 1 of ${lines.length} cells, 0 of them`)
    expect([merged?.status === 3 || merged?.status === 1, merged?.err]).toEqual([
      true,
      expect.stringContaining(`${lines.length - 1} cell${lines.length === 2 ? '' : 's'} of ${lines.length} without`),
    ])
    expect(merged?.err).not.toContain(title)
  })
})

/** Changes a result as a bug would: its digest is right. */
function change(path: string, what: (lines: string[]) => string[]): void {
  const [head = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
  const changed = what(lines).join('\n')
  writeFileSync(path, `${JSON.stringify({ ...JSON.parse(head), sha256: sha256(changed) })}\n${changed}\n`)
}

test('two answers to one litmus test are a contradiction, and both files are named', { timeout: 200_000 }, () => {
  const [file = ''] = files
  const folders = ['one', 'two']
  own.ran(...folders.map((folder) => ['litmus', file, '--results', folder]))
  const [result = ''] = readdirSync(join(own.folder, 'two')).filter((name) => name.endsWith('.ndjson'))
  change(join(own.folder, 'two', result), ([verdicts = '', report = '']) => [
    verdicts,
    report.replace(String.raw`\"positive\":1`, String.raw`\"positive\":2`),
  ])
  const [merged] = own.ran(['merge', ...folders])
  expect(merged?.status).toBe(70)
  expect(merged?.err).toContain('two results of one cell contradict each other on the answer')
  for (const folder of folders) expect(merged?.err).toContain(join(folder, result))
})

test('a file that is no test is refused before anything of the plan is written', { timeout: 200_000 }, () => {
  own.write('bad.litmus', 'bad\n')
  const [refused, none] = own.ran(['litmus', ...files, 'bad.litmus', '--results', 'bad'], ['merge', 'bad'])
  expect(refused).toMatchObject({ status: 2, out: '', err: expect.stringContaining('bad.litmus:1:1: found "bad"') })
  expect(none?.err).toContain('there is no such file')
})
