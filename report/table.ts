import type { Verdict, VerdictName } from '../search/verdict.js'
import { designOf, signs, tally } from './judged.js'
import type { Paint } from './paint.js'

/** The verdicts of one machine of the comparison, and what it asks where it is not one of the plain matrix. */
export interface TableCell {
  readonly asks?: string
  readonly verdicts: readonly Verdict[]
}

/** Rows with the same label and platform are one row: a design's machines judge different properties. */
interface Row {
  readonly label: Label
  platforms: string[]
  readonly byProperty: Map<string, VerdictName>
}

type Label = readonly [design: string, driver: string, backing: string]

/** What `compare` says: a row a design, driver, backing and platforms; a narrow column a property; then what cuts across. */
export function table(cells: readonly TableCell[], properties: readonly string[], paint: Paint): string {
  const sections = sectionsOf(cells)
  const widths = [0, 1, 2].map((at) =>
    Math.max(0, ...sections.flatMap(({ rows }) => rows.map(({ label }) => label[at]?.length ?? 0))),
  )
  const head = staircase(
    properties,
    widths.reduce((sum, width) => sum + width + 2, 0),
  )
  const body = sections.map(({ title, rows }) => {
    const lines = rows.map((row, index) => line(row, rows[index - 1], { widths, properties, paint }))
    return [...(title === '' ? [] : [paint.bold(title)]), ...lines].join('\n')
  })
  const all = cells.flatMap(({ verdicts }) => verdicts)
  return `${[`${head}\n${body[0] ?? ''}`, ...body.slice(1), legend(), `${all.length} verdicts: ${tally(all)}`].join('\n\n')}\n`
}

interface Section {
  readonly title: string
  readonly rows: readonly Row[]
}

/** The plain matrix first, then a section a question, in the order in which they are asked. */
function sectionsOf(cells: readonly TableCell[]): Section[] {
  const byTitle = new Map<string, TableCell[]>([['', []]])
  for (const cell of cells) {
    const title = titleOf(cell)
    byTitle.set(title, [...(byTitle.get(title) ?? []), cell])
  }
  return [...byTitle].map(([title, own]) => ({ title, rows: merged(rowsOf(own)) }))
}

function titleOf({ asks, verdicts }: TableCell): string {
  const [first] = verdicts
  if (asks === undefined || first === undefined) return ''
  const guest = first.guest === 'arbitrary' ? ', arbitrary guest' : ''
  return `${asks} (${first.lock === 'none' ? 'no lock' : 'locked'}${guest}, ${first.backing})`
}

function rowsOf(cells: readonly TableCell[]): Row[] {
  const rows = new Map<string, Row>()
  for (const verdict of cells.flatMap(({ verdicts }) => verdicts)) {
    const label: Label = [designOf(verdict), verdict.driver, verdict.backing]
    const key = [...label, verdict.platform].join('\n')
    const row = rows.get(key) ?? { label, platforms: [verdict.platform], byProperty: new Map() }
    row.byProperty.set(verdict.property, verdict.verdict)
    rows.set(key, row)
  }
  return [...rows.values()]
}

/** Rows of one label that agree in every verdict become one, with all their platforms. */
function merged(rows: readonly Row[]): Row[] {
  const kept = new Map<string, Row>()
  for (const row of rows) {
    const key = [...row.label, ...[...row.byProperty].map(([property, verdict]) => `${property} ${verdict}`)].join('\n')
    const same = kept.get(key)
    if (same === undefined) kept.set(key, { ...row })
    else same.platforms = [...same.platforms, ...row.platforms]
  }
  return [...kept.values()].sort((a, b) => firstOf(rows, a) - firstOf(rows, b))
}

/** Where a label is first met: rows of one label stand together. */
const firstOf = (rows: readonly Row[], { label }: Row): number =>
  rows.findIndex((row) => row.label.every((part, at) => part === label[at]))

interface Look {
  readonly widths: readonly number[]
  readonly properties: readonly string[]
  readonly paint: Paint
}

/** A label's part is printed only where it differs from the row above. */
function line(
  { label, platforms, byProperty }: Row,
  above: Row | undefined,
  { widths, properties, paint }: Look,
): string {
  const fresh = label.findIndex((part, at) => part !== above?.label[at])
  const names = label.map((part, at) => (fresh >= 0 && at >= fresh ? part : '').padEnd((widths[at] ?? 0) + 2))
  const marks = properties.map((property) => {
    const verdict = byProperty.get(property)
    return verdict === undefined ? '  ' : `${paint.verdict(verdict, signs[verdict])} `
  })
  return `${names.join('')}${marks.join('')} ${paint.dim(platforms.join(', '))}`
}

/** Long names over narrow columns: each stands on its column, the next one a line lower. */
function staircase(names: readonly string[], from: number): string {
  return names.map((name, at) => `${' '.repeat(from)}${'│ '.repeat(at)}${name}`).join('\n')
}

const legend = (): string =>
  Object.entries(signs)
    .map(([name, sign]) => `${sign} ${name}`)
    .join('   ')
