import { ok, type Result, refuse } from '../../base/result.js'
import { parsePlatform } from '../../model/machine/platform.js'
import type { MapCell } from './cell.js'
import type { ChangingStep, Course } from './course.js'
import { framesOf, type Layer, layersIn } from './layers.js'
import { StateHistory } from './memory.js'
import { type Rows, rowsOf } from './rows.js'
import { type Shape, shapeOf } from './shape.js'
import { type EntryChange, isMapped, isOfFrames, type PageSpan, pagesOfChange } from './touched.js'

/** What a cell says from a step on: how many steps were taken, its text, and 1 for stale plus 2 for wrong. */
export type Entry = readonly [step: number, text: string, marks: number]
export const Mark = { Stale: 1, Wrong: 2 } as const

/** The page map of a run at every step. */
export interface Folded {
  readonly layers: readonly Layer[]
  readonly rows: readonly Rows[]
  /** By row and layer: the initial entry, then one for each step that changed the cell, in order. */
  readonly histories: readonly (readonly (readonly Entry[])[])[]
}

/** A row of the map while it is folded. */
interface Row extends Rows {
  readonly histories: Entry[][]
  frames: readonly number[]
}

/** Folds a run, with its continuation, into what every cell of the page map says after each step. */
export function foldCourse({ header, steps, continuation = [] }: Course): Result<Folded> {
  if (header.initial === undefined) return refuse('the trace does not say how the machine begins')
  const memory = new StateHistory(header.initial)
  const shape = shapeOf(header, memory)
  if (!shape.ok) return shape
  const layers = layersIn(memory, architectureOf(header))
  const all = [...steps, ...continuation]
  const rows = rowsOf(memory, shape.value, all).map((row): Row => ({ ...row, histories: [], frames: [] }))
  const folding = new Folding(memory, shape.value, layers, rows)
  folding.begin()
  for (const [index, step] of all.entries()) folding.take(step, index + 1)
  return ok({
    layers,
    rows: rows.map(({ first, count }) => ({ first, count })),
    histories: rows.map(({ histories }) => histories),
  })
}

/** Undefined where the course does not name its platform: that of a test beside an implementation. */
function architectureOf({ setup: { platform } }: Course['header']) {
  const parsed = platform === undefined ? undefined : parsePlatform(platform)
  return parsed?.ok ? parsed.value.architecture : undefined
}

class Folding {
  constructor(
    private readonly memory: StateHistory,
    private readonly shape: Shape,
    private readonly layers: readonly Layer[],
    private readonly rows: readonly Row[],
  ) {}

  begin(): void {
    for (const row of this.rows) this.look(row, 0)
  }

  /** @param number how many steps are taken with this one */
  take({ effects }: ChangingStep, number: number): void {
    const changed = Object.entries(effects?.changed ?? {}).filter(([view]) => isMapped(view))
    for (const [view, changes] of changed) for (const [index, , after] of changes) this.memory.set(view, index, after)
    const touched = new Set<Row>()
    for (const [view, changes] of changed) for (const change of changes) this.touch(touched, view, change)
    for (const row of touched) this.look(row, number)
  }

  private touch(touched: Set<Row>, view: string, change: EntryChange): void {
    if (isOfFrames(view)) {
      for (const row of this.rows) if (row.frames.includes(change[0])) touched.add(row)
    }
    for (const span of pagesOfChange(view, change, this.memory, this.shape)) this.touchSpan(touched, span)
  }

  private touchSpan(touched: Set<Row>, { first, end }: PageSpan): void {
    for (let at = this.firstRowFrom(first); at < this.rows.length; at += 1) {
      const row = this.rows[at]
      if (row === undefined || row.first >= end) return
      touched.add(row)
    }
  }

  /** Index of the row that has a page. */
  private firstRowFrom(page: number): number {
    let low = 0
    for (let high = this.rows.length; low < high; ) {
      const middle = (low + high) >>> 1
      const row = this.rows[middle]
      if (row !== undefined && row.first + row.count <= page) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Notes what the cells of a row say now. */
  private look(row: Row, number: number): void {
    const place = { memory: this.memory, shape: this.shape, page: row.first, count: row.count }
    row.frames = framesOf(place)
    for (const [at, { cell }] of this.layers.entries()) {
      const { text, ...marks } = cell(place)
      const now: Entry = [number, text, marksOf(marks)]
      const history = row.histories[at]
      if (history === undefined) row.histories.push([now])
      else if (differs(history.at(-1), now)) history.push(now)
    }
  }
}

const marksOf = ({ isStale, isWrong }: Omit<MapCell, 'text'>): number =>
  (isStale ? Mark.Stale : 0) + (isWrong ? Mark.Wrong : 0)

const differs = (a: Entry | undefined, b: Entry): boolean => a === undefined || a[1] !== b[1] || a[2] !== b[2]
