import type { Verdict, VerdictName } from '../../../search/verdict.js'
import { designOf } from '../judged.js'

/** The verdicts of one machine of the comparison, and what it asks where it is not one of the plain matrix. */
export interface TableCell {
  readonly asks?: string
  readonly verdicts: readonly Verdict[]
}

/** Rows with the same label and platform are one row: a design's machines judge different properties. */
export interface TableRow {
  readonly label: Label
  platforms: string[]
  readonly byProperty: Map<string, VerdictName>
  /** The rule by which nothing here can be, if so. */
  readonly forbidden: string
}

export type Label = readonly [design: string, driver: string, backing: string]

export interface Section {
  readonly title: string
  readonly rows: readonly TableRow[]
}

/** The plain matrix first, then a section a question, in the order in which they are asked. */
export function sectionsOf(cells: readonly TableCell[]): Section[] {
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

function rowsOf(cells: readonly TableCell[]): TableRow[] {
  const rows = new Map<string, TableRow>()
  for (const verdict of cells.flatMap(({ verdicts }) => verdicts)) {
    const label: Label = [designOf(verdict), verdict.driver, verdict.backing]
    const key = [...label, verdict.platform].join('\n')
    const row = rows.get(key) ?? {
      label,
      platforms: [verdict.platform],
      byProperty: new Map(),
      forbidden: forbiddenBy(verdict),
    }
    row.byProperty.set(verdict.property, verdict.verdict)
    rows.set(key, row)
  }
  return [...rows.values()]
}

const forbiddenBy = ({ verdict, why }: Verdict): string =>
  verdict === 'not-applicable' ? (/\[(\S+)\]$/.exec(why)?.[1] ?? '') : ''

/** Rows of one label that agree in every verdict become one, with all their platforms. */
function merged(rows: readonly TableRow[]): TableRow[] {
  const kept = new Map<string, TableRow>()
  for (const row of rows) {
    const key = [
      ...row.label,
      row.forbidden,
      ...[...row.byProperty].map(([property, verdict]) => `${property} ${verdict}`),
    ].join('\n')
    const same = kept.get(key)
    if (same === undefined) kept.set(key, { ...row })
    else same.platforms = [...same.platforms, ...row.platforms]
  }
  return [...kept.values()].sort((a, b) => firstOf(rows, a) - firstOf(rows, b))
}

/** Where a label is first met: rows of one label stand together. */
const firstOf = (rows: readonly TableRow[], { label }: TableRow): number =>
  rows.findIndex((row) => row.label.every((part, at) => part === label[at]))
