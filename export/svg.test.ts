import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { must } from '../base/result.js'
import { visible } from '../base/visible.js'
import type { Trace } from '../search/trace.js'
import { foldCourse } from '../view/map/fold.js'
import { svgOf, xml } from './svg.js'
import { hostileTexts, hostileTrace, lassoTrace, longTrace, raceTrace } from './testing/traces.js'

const python =
  'import sys,json,xml.etree.ElementTree as e;r=e.fromstring(sys.stdin.buffer.read());s="{http://www.w3.org/2000/svg}";'
const dump = 'print(json.dumps([sorted({n.tag[len(s):] for n in r.iter()}),[n.text for n in r.iter(s+"text")]]))'
const hasPython = spawnSync('python3', ['--version']).status === 0

/** What an XML parser finds: the names of the elements, and the texts. */
function parsed(svg: string): { names: string[]; texts: string[] } {
  const { stdout } = spawnSync('python3', ['-c', python + dump], { input: svg, encoding: 'utf8' })
  const [names, texts] = JSON.parse(stdout) as [string[], string[]]
  return { names, texts }
}

const elements = ['defs', 'g', 'pattern', 'rect', 'style', 'svg', 'text', 'title']
const classesOf = (svg: string, word: string) =>
  svg.match(new RegExp(`<rect class="cell[^"]*\\b${word}\\b`, 'g'))?.length

test('each cell of the page map that changes has a box for each thing that it says, marked as the map marks it', () => {
  const svg = must(svgOf(raceTrace))
  const changing = must(foldCourse(raceTrace))
    .histories.flat()
    .filter(({ length }) => length > 1)
  const entries = changing.flat()
  expect(svg.match(/<rect class="cell/g)).toHaveLength(entries.length)
  expect(classesOf(svg, 'stale')).toBe(entries.filter(([, , marks]) => (marks & 1) !== 0).length)
  expect(classesOf(svg, 'wrong')).toBe(entries.filter(([, , marks]) => (marks & 2) !== 0).length)
  for (const [, text] of entries) expect(svg).toContain(xml(text))
})

test('the boxes of a cell stand one below the other, from before the first step to behind the last one', () => {
  const boxes = [
    ...must(svgOf(raceTrace)).matchAll(/<rect class="cell[^"]*" x="([\d.]+)" y="(\d+)" width="[\d.]+" height="(\d+)"/g),
  ]
  const columns = new Map<string, [number, number][]>()
  for (const [, x = '', y, height] of boxes) columns.set(x, [...(columns.get(x) ?? []), [Number(y), Number(height)]])
  for (const column of columns.values()) {
    for (const [index, [y, height]] of column.entries()) {
      const next = column[index + 1]?.[0]
      if (next !== undefined) expect(next).toBe(y + height + 2)
    }
    const total = column.reduce((sum, [, height]) => sum + height + 2, 0)
    expect(total).toBe((raceTrace.steps.length + 1) * 18)
  }
})

test.skipIf(!hasPython).each(hostileTexts)('a text %j of a trace is shown, and means nothing in XML', (text) => {
  const { names, texts } = parsed(must(svgOf(hostileTrace(text))))
  expect(names).toEqual(elements)
  const said = visible(text)
  expect(texts).toContain(`${said}: ${said} [${said}]`)
})

test('characters that XML forbids are named or replaced', () => {
  expect(xml('\0\ud800\u001b\ufffe<')).toBe('[U+0000][U+D800][U+001B]\ufffd&lt;')
})

test('it names nothing that would be loaded, and runs nothing', () => {
  const svg = must(svgOf(raceTrace))
  expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/href|http|script|\bon[a-z]+=|@import/)
})

test('the fair continuation is in italics, and the loop of a lasso is marked', () => {
  const lasso = lassoTrace()
  const svg = must(svgOf(lasso))
  expect(svg.match(/class="fair"/g)).toHaveLength(lasso.continuation?.length ?? 0)
  expect(svg.match(/>↻ /g)).toHaveLength(1)
})

test('a trace that is too long for a picture, or does not say how it begins, has none', () => {
  const refusal = (trace: Trace) => {
    const svg = svgOf(trace)
    return svg.ok ? 'drawn' : svg.problem.message
  }
  expect(refusal(longTrace(20))).toMatch(
    /^too large for a picture: found 320 steps and \d+ cells that change, expected/,
  )
  const { header, steps } = raceTrace
  expect(refusal({ header: { ...header, initial: undefined }, steps })).toContain('does not say how the machine begins')
})
