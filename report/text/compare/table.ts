import { architecturesInWords, areOfArchitectures } from '../../../search/compare/architectures.js'
import { verdictSays } from '../../../search/verdict.js'
import { mailWidth, wrap } from '../../columns/wrap.js'
import { signs } from '../judged.js'
import type { Paint } from '../paint.js'
import { platformsInWords } from '../platforms.js'
import { type Section, sectionsOf, type TableCell, type TableRow } from './table-rows.js'

/**
 * The table of `compare`: a block per design, in it a row per driver, backing and platforms, a narrow column per
 * property; then what cuts across.
 */
export function table(cells: readonly TableCell[], properties: readonly string[], paint: Paint): string {
  const sections = sectionsOf(cells)
  const rows = sections.flatMap((section) => section.rows)
  const widths = [1, 2].map((at) => Math.max(0, ...rows.map(({ label }) => label[at]?.length ?? 0)))
  const look = { widths, properties, paint, places: placesOf(cells) }
  const head = staircase(properties, startOf(look))
  const [plain = '', ...across] = sections.map((section) => sectionText(section, look))
  const below = across.length === 0 ? [] : [head, ...across]
  const names = new Set(cells.flatMap(({ verdicts }) => verdicts.map(({ verdict }) => verdict)))
  return `${[`${head}\n${plain}`, ...below, legend(names, paint)].join('\n\n')}\n`
}

/** Of a table of architectures each platform stands for its architecture. */
function placesOf(cells: readonly TableCell[]): Look['places'] {
  const platforms = cells.flatMap(({ verdicts }) => verdicts.map(({ platform }) => platform))
  return areOfArchitectures(platforms) ? architecturesInWords : platformsInWords
}

interface Look {
  /** Of the driver and of the backing. */
  readonly widths: readonly number[]
  readonly properties: readonly string[]
  readonly paint: Paint
  /** The platforms of a row, in words. */
  readonly places: (platforms: readonly string[]) => string
}

/** The column of the first mark: a row is ` driver backing marks`. */
const startOf = ({ widths }: Look): number => widths.reduce((sum, width) => sum + 1 + width, 1)

function sectionText({ title, rows }: Section, look: Look): string {
  const lines = rows.flatMap((row, index) => rowLines(row, rows[index - 1], look))
  return [
    ...wrap(title, mailWidth)
      .filter((line) => line !== '')
      .map(look.paint.bold),
    ...lines,
  ].join('\n')
}

/** The design and the driver are printed only where they differ from the row above. */
function rowLines(row: TableRow, above: TableRow | undefined, look: Look): string[] {
  const { label, platforms, forbidden } = row
  const [design, ...parts] = label
  const isSameDesign = above?.label[0] === design
  const fresh = isSameDesign ? parts.findIndex((part, at) => part !== above?.label[at + 1]) : 0
  const names = parts.map((part, at) => ` ${(fresh >= 0 && at >= fresh ? part : '').padEnd(look.widths[at] ?? 0)}`)
  const marks = forbidden === '' ? marksOf(row, look) : look.paint.dim(`${signs['not-applicable']} ${forbidden}`)
  const width = startOf(look) + (forbidden === '' ? look.properties.length * 2 : forbidden.length + 3)
  const where = look.places(platforms)
  const fits = width + where.length <= mailWidth
  const below = fits ? [] : wrap(where, mailWidth, ' '.repeat(platformIndent)).map(look.paint.dim)
  const line = `${names.join('')} ${marks}${fits ? ` ${look.paint.dim(where)}` : ''}`.trimEnd()
  return [...(isSameDesign ? [] : [look.paint.bold(design)]), line, ...below]
}

/** Blanks before the platforms of a row, where they stand below it. */
const platformIndent = 6

function marksOf({ byProperty }: TableRow, { properties, paint }: Look): string {
  const marks = properties.map((property) => {
    const verdict = byProperty.get(property)
    return verdict === undefined ? ' ' : paint.verdict(verdict, signs[verdict])
  })
  return marks.join(' ')
}

/** Long names over narrow columns: each stands on its column, the next one a line lower. */
function staircase(names: readonly string[], from: number): string {
  return names.map((name, at) => `${' '.repeat(from)}${'│ '.repeat(at)}${name}`).join('\n')
}

/** What the signs say that are in the table. */
function legend(names: ReadonlySet<string>, paint: Paint): string {
  const lines = Object.entries(signs).flatMap(([name, sign]) => {
    const says = names.has(name) ? verdictSays[name as keyof typeof verdictSays] : ''
    return says === '' ? [] : wrap(`${sign} ${name}: ${says}`, mailWidth, '', '  ').map((line) => paint.dim(line))
  })
  return lines.join('\n')
}
