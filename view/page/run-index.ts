import type { PageData, ShownRun, ShownStep } from '../data.js'
import { entryAt } from '../map/history.js'
import { parseExpression } from './expression.ts'

/** A cell that a step changed. */
export interface ChangedCell {
  readonly row: number
  readonly layer: number
  /** Index in the cell's history of what it says since. */
  readonly at: number
}

/** A run with what is looked up at every step, counted once. */
export interface IndexedRun {
  readonly run: ShownRun
  /** By number of steps taken: the cells that the last of them changed. */
  readonly changes: ReadonlyMap<number, readonly ChangedCell[]>
  /** Rows with a cell that changes. */
  readonly changedRows: ReadonlySet<number>
}

export function indexOf(run: ShownRun): IndexedRun {
  const changes = new Map<number, ChangedCell[]>()
  const changedRows = new Set<number>()
  for (const [row, cells] of (run.map?.histories ?? []).entries()) {
    for (const [layer, history] of cells.entries()) {
      for (const [at, [step]] of history.entries()) {
        if (at === 0) continue
        changedRows.add(row)
        const known = changes.get(step)
        if (known === undefined) changes.set(step, [{ row, layer, at }])
        else known.push({ row, layer, at })
      }
    }
  }
  return { run, changes, changedRows }
}

/** The first step at which two runs differ in what was done or what came of it; undefined if they do not. */
export function firstDifference([a, b]: readonly ShownRun[]): number | undefined {
  if (a === undefined || b === undefined) return undefined
  const most = Math.max(a.steps.length, b.steps.length)
  for (let index = 0; index < most; index += 1) {
    if (said(a.steps[index]) !== said(b.steps[index])) return index + 1
  }
  return undefined
}

const said = (step: ShownStep | undefined): string =>
  step === undefined ? '' : JSON.stringify([step.text, step.outcome, step.facts])

/**
 * Numbers of the steps that a query finds: after which an expression is so, that change a page (`page 3`), or that have
 * the words in the action, the rule or an effect.
 */
export function matches({ run, changes }: IndexedRun, query: string, data: PageData): number[] {
  const parsed = parseExpression(query)
  if (parsed !== undefined) {
    if ('problem' in parsed) return []
    return [...Array(run.steps.length + 1).keys()].filter((step) => parsed.test(run, step))
  }
  const wanted = query
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase()
  if (wanted === '') return []
  const page = /^page (\d{1,9})$/.exec(wanted)?.[1]
  if (page !== undefined) return [...changes].flatMap(([step, cells]) => (onPage(run, cells, +page) ? [step] : []))
  const kinds = new Map(data.kinds)
  return run.steps.flatMap((step, index) => {
    const rules = kinds.get(step.kind)?.rules ?? []
    const text = [step.text, step.outcome, step.rule, ...step.facts, ...rules].join('\n').toLowerCase()
    return text.includes(wanted) ? [index + 1] : []
  })
}

function onPage({ map }: ShownRun, cells: readonly ChangedCell[], page: number): boolean {
  return cells.some(({ row }) => {
    const { first, count } = map?.rows[row] ?? { first: 0, count: 0 }
    return first <= page && page < first + count
  })
}

/** Index of the row of the violated page; -1 if there is none. */
export const violatedRow = ({ map, page }: ShownRun): number =>
  page === undefined ? -1 : (map?.rows.findIndex(({ first, count }) => first <= page && page < first + count) ?? -1)

/** Whether the property is violated in a cell of that row: in a layer that it names, or where the cell leads astray. */
export const isViolated = ({ through }: ShownRun, layer: string, marks: number): boolean =>
  through.length === 0 ? (marks & 2) !== 0 : through.includes(layer)

/** The last cell in which the property is violated where the run ends: the caches come behind the tables. */
export function violatedCell(run: ShownRun): { readonly row: number; readonly layer: number } | undefined {
  const row = violatedRow(run)
  const cells = run.map?.histories[row] ?? []
  const layer = cells.findLastIndex((history, at) =>
    isViolated(run, run.map?.layers[at]?.key ?? '', entryAt(history, run.taken)?.[2] ?? 0),
  )
  return layer < 0 ? undefined : { row, layer }
}

/** `page 3`, or `pages 512..1023` */
export const rowName = ({ first, count }: { readonly first: number; readonly count: number }): string =>
  count === 1 ? `page ${first}` : `pages ${first}..${first + count - 1}`
