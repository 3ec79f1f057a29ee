import type { ShownMap } from '../data.js'
import type { Entry } from '../map/fold.js'
import { entryAt } from '../map/history.js'

/** Rows of the map that say the same at one step, but for the numbers of their frames. */
export interface Group {
  /** The first of them. */
  readonly row: number
  /** Rows that it stands for. */
  readonly rows: number
  readonly pages: number
}

/** What a cell says, with frames counted from the page, so that neighbours may be alike. */
const relative = new WeakMap<Entry, string>()

function relativeText(entry: Entry, page: number): string {
  const known = relative.get(entry)
  if (known !== undefined) return known
  const text = entry[1].replaceAll('…', '').replace(/(?<=f)\d+|^\d+$/g, (number) => String(Number(number) - page))
  relative.set(entry, text)
  return text
}

function areAlike(map: ShownMap, a: number, b: number, step: number): boolean {
  return map.layers.every((_, layer) => {
    const [one, other] = [a, b].map((row) => entryAt(map.histories[row]?.[layer] ?? [], step))
    if (one === undefined || other === undefined) return one === other
    if (one[2] !== other[2] || (one[0] === step) !== (other[0] === step)) return false
    return one[1] === other[1] || relativeText(one, pageOf(map, a)) === relativeText(other, pageOf(map, b))
  })
}

const pageOf = (map: ShownMap, row: number): number => map.rows[row]?.first ?? 0

/** Folds neighbours that are alike after a step. @param apart rows that stay on their own */
export function grouped(map: ShownMap, rows: readonly number[], step: number, apart: readonly number[]): Group[] {
  const groups: Group[] = []
  for (const row of rows) {
    const pages = map.rows[row]?.count ?? 1
    const last = groups.at(-1)
    const isNext = last !== undefined && last.row + last.rows === row
    const isApart = apart.includes(row) || (last !== undefined && apart.includes(last.row))
    if (isNext && !isApart && areAlike(map, last.row, row, step)) {
      groups[groups.length - 1] = { row: last.row, rows: last.rows + 1, pages: last.pages + pages }
    } else groups.push({ row, rows: 1, pages })
  }
  return groups
}
