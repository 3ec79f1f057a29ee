import { signs, tally } from './judged.js'
import type { Paint } from './paint.js'
import { platformsInWords } from './platforms.js'
import { plural } from './plural.js'
import { type Row, sectionsOf, type TableCell } from './table-rows.js'

/**
 * What `compare` says: a row a design, driver, backing and platforms, a narrow column a property; then what cuts
 * across.
 */
export function table(cells: readonly TableCell[], properties: readonly string[], paint: Paint): string {
  const sections = sectionsOf(cells)
  const widths = [0, 1, 2].map((at) =>
    Math.max(0, ...sections.flatMap(({ rows }) => rows.map(({ label }) => label[at]?.length ?? 0))),
  )
  const head = staircase(
    properties,
    widths.reduce((sum, width) => sum + width + 2, 0),
  )
  const [plain = '', ...across] = sections.map(({ title, rows }) => {
    const lines = rows.map((row, index) => line(row, rows[index - 1], { widths, properties, paint }))
    return [...(title === '' ? [] : [paint.bold(title)]), ...lines].join('\n')
  })
  const all = cells.flatMap(({ verdicts }) => verdicts)
  const below = across.length === 0 ? [] : [head, ...across]
  const sum = `${all.length} ${plural(all.length, 'verdict')}: ${tally(all)}`
  return `${[`${head}\n${plain}`, ...below, legend(), sum].join('\n\n')}\n`
}

interface Look {
  readonly widths: readonly number[]
  readonly properties: readonly string[]
  readonly paint: Paint
}

/** A label's part is printed only where it differs from the row above. */
function line(row: Row, above: Row | undefined, look: Look): string {
  const { label, platforms, forbidden } = row
  const fresh = label.findIndex((part, at) => part !== above?.label[at])
  const names = label.map((part, at) => (fresh >= 0 && at >= fresh ? part : '').padEnd((look.widths[at] ?? 0) + 2))
  const marks = forbidden === '' ? marksOf(row, look) : look.paint.dim(`${signs['not-applicable']} ${forbidden}  `)
  return `${names.join('')}${marks} ${look.paint.dim(platformsInWords(platforms))}`
}

function marksOf({ byProperty }: Row, { properties, paint }: Look): string {
  const marks = properties.map((property) => {
    const verdict = byProperty.get(property)
    return verdict === undefined ? '  ' : `${paint.verdict(verdict, signs[verdict])} `
  })
  return marks.join('')
}

/** Long names over narrow columns: each stands on its column, the next one a line lower. */
function staircase(names: readonly string[], from: number): string {
  return names.map((name, at) => `${' '.repeat(from)}${'│ '.repeat(at)}${name}`).join('\n')
}

const legend = (): string =>
  Object.entries(signs)
    .map(([name, sign]) => `${sign} ${name}`)
    .join('   ')
