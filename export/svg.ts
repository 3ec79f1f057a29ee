import { ok, type Result, refuse } from '../base/result.js'
import { visible } from '../base/visible.js'
import { nameOf } from '../report/columns/actor.js'
import { type ActorLine, narrate } from '../report/columns/narrate.js'
import { machineOf } from '../report/text/machine.js'
import type { Trace } from '../search/trace.js'
import { type Entry, type Folded, foldCourse, Mark } from '../view/map/fold.js'
import { loopOf } from '../view/map/loop.js'
import { actorsOf, columnOf } from '../view/run-of-trace.js'

/** What can still be read on one picture. */
const max = { steps: 200, cells: 80 } as const

/** Lengths in pixels. */
const row = 18
const letter = 6.1
const top = 62
const margin = 12
/** Characters of a cell, at most; its title has all. */
const widest = 28

/** A cell of the page map that changes in the run. */
export interface MapColumn {
  readonly page: string
  readonly layer: string
  readonly history: readonly Entry[]
}

/** A text at a place. */
interface Text {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly look?: string
}

/** What a picture shows: lines of text one below the other, and columns of cells beside them. */
export interface Picture {
  readonly head: string
  /** For a reader who does not see the picture. */
  readonly title: string
  /** What stands before the first step, then a line per step. */
  readonly lines: readonly PictureLine[]
  readonly columns: readonly MapColumn[]
  /** What is wrong at the end, a line each; none if nothing is. */
  readonly ends: readonly string[]
}

export interface PictureLine {
  readonly text: string
  /** In italics, or red. */
  readonly look?: 'fair' | 'bad'
}

/**
 * A picture of a trace as it was recorded: a line per step, time runs down, and a column for each cell of the page map
 * that changes. A cell is hatched where a cached entry is stale, and red where it leads to a frame that is not the
 * host's or does not back the page.
 */
export function svgOf(trace: Trace): Result<string> {
  const folded = foldCourse(trace)
  if (!folded.ok) return folded
  const { property, why, broken, setup } = trace.header
  const cited = broken === undefined ? '' : ` [${broken}]`
  return draw({
    head: machineOf(setup),
    title: `${property}: ${why}`,
    lines: [{ text: 'at first' }, ...stepLines(trace)],
    columns: changing(folded.value),
    ends: [`${property}: ${why}${cited}`],
  })
}

/** Draws a picture. A problem says that it would be too large. */
export function draw(picture: Picture): Result<string> {
  const steps = picture.lines.length - 1
  const cells = picture.columns.length
  if (steps <= max.steps && cells <= max.cells) return ok(drawing(picture))
  const found = `${steps} steps and ${cells} cells that change`
  return refuse(`too large for a picture: found ${found}, expected at most ${max.steps} and ${max.cells}`, {
    remedy: 'Shorten it: dmaproof minimise; or look at it: dmaproof view',
  })
}

/** A column for each cell of a page map that changes. */
export function changing({ layers, rows, histories }: Folded): MapColumn[] {
  return rows.flatMap(({ first, count }, index) =>
    layers.flatMap(({ title }, layer): MapColumn[] => {
      const history = histories[index]?.[layer] ?? []
      const page = count === 1 ? `page ${first}` : `pages ${first}..${first + count - 1}`
      return history.length > 1 ? [{ page, layer: title, history }] : []
    }),
  )
}

function drawing({ head, title, lines, columns, ends }: Picture): string {
  const steps = lines.length - 1
  const texts = lines.map(({ text, look }, index): Text => {
    return { x: margin, y: baseline(index), text, ...(look === undefined ? {} : { look }) }
  })
  const bottom = top + (steps + 1) * row
  const first = { x: margin, y: row, text: head, look: 'head' }
  const last = ends.map((text, at): Text => ({ x: margin, y: bottom + (at + 1) * row, text, look: 'bad' }))
  const parts: string[] = []
  let x = margin * 2 + Math.max(...texts.map(({ text }) => text.length), 8) * letter
  for (const column of columns) {
    const width = widthOf(column)
    parts.push(...cellsOf(column, x, width, steps))
    x += width
  }
  const width = Math.ceil(
    Math.max(x + margin, ...[first, ...last].map(({ text }) => margin * 2 + text.length * letter)),
  )
  const height = bottom + row * (last.length + 1)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${xml(title)}</title>`,
    style,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...[first, ...texts, ...last].map(drawn),
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

const style = [
  '<defs><pattern id="stale" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">',
  '<rect width="6" height="6" fill="#fff8c5"/><rect width="2" height="6" fill="#d4a72c"/></pattern></defs>',
  '<style>text{font:10px monospace;fill:#1f2328;white-space:pre}.head{font-weight:bold}.bad{fill:#cf222e}',
  '.fair{font-style:italic}.cell{fill:#f6f8fa;stroke:#d0d7de}.stale{fill:url(#stale)}',
  '.wrong{stroke:#cf222e;stroke-width:2}</style>',
].join('')

/** The steps of a trace, with their actors. */
function stepLines(trace: Trace): PictureLine[] {
  const lines = narrate([...trace.steps, ...(trace.continuation ?? [])], trace.header.setup.scope)
  const loop = loopOf(trace)
  return withActors(lines).map((text, index): PictureLine => {
    const mark = loop === undefined ? '' : index === loop ? '↻ ' : index > loop ? '│ ' : '  '
    return { text: mark + text, ...(index < trace.steps.length ? {} : { look: 'fair' }) }
  })
}

/** Lines with who takes them in front, the texts one below the other. */
export function withActors(lines: readonly ActorLine[]): string[] {
  const actors = actorsOf(lines)
  const names = actors.map((actor) => nameOf(actor, false))
  const width = Math.max(0, ...names.map(({ length }) => length)) + 2
  return lines.map(({ actor, text }) => `${(names[columnOf(actors, actor)] ?? '').padEnd(width)}${text}`)
}

/** The line of the text of a row: 0 is before the first step. */
const baseline = (index: number): number => top + index * row + 13

const widthOf = ({ page, layer, history }: MapColumn): number =>
  Math.max(page.length, layer.length, ...history.map(([, text]) => Math.min(widest, text.length + 2))) * letter + 10

function cellsOf({ page, layer, history }: MapColumn, x: number, width: number, steps: number): string[] {
  const heads = [
    { x: x + 4, y: top - 20, text: page, look: 'head' },
    { x: x + 4, y: top - 7, text: layer },
  ]
  const cells = history.map(([from, text, marks], index) => {
    const until = history[index + 1]?.[0] ?? steps + 1
    const look = [
      'cell',
      ...((marks & Mark.Stale) !== 0 ? ['stale'] : []),
      ...((marks & Mark.Wrong) !== 0 ? ['wrong'] : []),
    ]
    const box = `x="${x}" y="${top + from * row}" width="${width - 2}" height="${(until - from) * row - 2}"`
    const said = (marks & Mark.Wrong) !== 0 ? `⚠ ${text}` : text
    const short = said.length > widest ? `${said.slice(0, widest - 1)}…` : said
    const label = drawn({ x: x + 4, y: baseline(from), text: short })
    return `<g><title>${xml(said)}</title><rect class="${look.join(' ')}" ${box}/>${label}</g>`
  })
  return [...heads.map(drawn), ...cells]
}

const drawn = ({ x, y, text, look }: Text): string =>
  `<text x="${x}" y="${y}"${look === undefined ? '' : ` class="${look}"`}>${xml(text)}</text>`

/** A text in XML: it begins no element and no entity, and has no character that XML forbids, or that would hide. */
export function xml(text: string): string {
  const allowed = visible(text).replaceAll(
    /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu,
    '\u{fffd}',
  )
  return allowed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
