import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ShownMap } from '../data.js'
import { entryAt } from '../map/history.js'
import { type Group, grouped } from './alike.ts'
import type { CellPlace } from './place.ts'
import { type IndexedRun, isViolated, rowName, violatedRow } from './run-index.ts'
import type { PageView } from './view.ts'

/** Up to so many rows, folded or not, pages stand side by side and layers below each other. */
const fewRows = 8
/** Height of a row in pixels, as the style sheet has it, and how many are in the document at once. */
const rowHeight = 26
const rowsAtOnce = 80

interface MapProps {
  readonly indexed: IndexedRun
  readonly index: number
  readonly view: PageView
}

/** What a map is drawn from at one step. */
interface Drawn {
  readonly map: ShownMap
  readonly view: PageView
  readonly index: number
  readonly step: number
  /** Cells that the last step changed, as `row.layer`. */
  readonly changed: ReadonlySet<string>
  /** Row of the violated page; -1 for none, and before the violation. */
  readonly violated: number
  readonly groups: readonly Group[]
}

/** The page map: pages or ranges by layers, as they are after the present step. */
export function PageMap({ indexed, index, view }: MapProps) {
  const { run, changes, changedRows } = indexed
  const { map } = run
  const { place } = view
  const rows = useMemo(
    () => [...(map?.rows.keys() ?? [])].filter((row) => !place.isChangedOnly || changedRows.has(row)),
    [map, changedRows, place.isChangedOnly],
  )
  if (map === undefined) return null
  const step = Math.min(place.step, run.steps.length)
  const changed = new Set((changes.get(step) ?? []).map(({ row, layer }) => `${row}.${layer}`))
  const violated = step >= run.taken ? violatedRow(run) : -1
  const isSmall = map.rows.length <= fewRows
  const chosen = place.cell?.run === index ? place.cell.row : -1
  const groups = isSmall
    ? rows.map((row): Group => ({ row, rows: 1, pages: map.rows[row]?.count ?? 1 }))
    : grouped(map, rows, step, [violated, chosen])
  const drawn: Drawn = { map, view, index, step, changed, violated, groups }
  return (
    <div class="map-box">
      {groups.length <= fewRows ? <Across drawn={drawn} /> : <Down drawn={drawn} />}
      {rows.length === 0 && <p class="none">No page changes in this run.</p>}
    </div>
  )
}

/** Few pages: one a column. */
function Across({ drawn }: { readonly drawn: Drawn }) {
  const { map, groups, violated, step } = drawn
  const box = useRef<HTMLTableElement>(null)
  useEffect(() => keepInSight(box.current), [step])
  return (
    <table
      class="map across"
      role="grid"
      ref={box}
      aria-label="Page map"
      onKeyDown={(event) => moveCell(event, drawn, true)}
    >
      <thead>
        <tr>
          <td />
          {groups.map((group) => (
            <th key={group.row} scope="col" class={group.row === violated ? 'violated' : ''}>
              {nameOf(map, group)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {map.layers.map(({ key, title, says }, layer) => (
          <tr key={key}>
            <th scope="row" title={says}>
              {title}
            </th>
            {groups.map((group) => (
              <MapCell key={group.row} drawn={drawn} group={group} layer={layer} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Scrolls sideways to the column that the step is about, if it is out of sight. */
function keepInSight(table: HTMLTableElement | null): void {
  const cell = table?.querySelector<HTMLElement>('td.violated, td.changed')
  const box = table?.parentElement
  if (!cell || !box) return
  const end = cell.offsetLeft + cell.offsetWidth
  const heads = table?.querySelector<HTMLElement>('tbody th')?.offsetWidth ?? 0
  if (end > box.scrollLeft + box.clientWidth) box.scrollLeft = end - box.clientWidth
  else if (cell.offsetLeft < box.scrollLeft + heads) box.scrollLeft = cell.offsetLeft - heads
}

/** Many pages or ranges: one a line, of which those in sight are in the document. */
function Down({ drawn }: { readonly drawn: Drawn }) {
  const { map, groups, violated } = drawn
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const at = groups.findIndex(({ row }) => row === violated)
  useEffect(() => {
    if (box.current !== null && at >= 0) box.current.scrollTop = (at - 4) * rowHeight
  }, [at])
  const first = Math.max(0, Math.floor(top / rowHeight) - 20)
  const shown = groups.slice(first, first + rowsAtOnce)
  const below = groups.length - first - shown.length
  return (
    <section
      class="down-box"
      ref={box}
      aria-label={`Pages of run ${drawn.index + 1}`}
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <table
        class="map down"
        role="grid"
        aria-label="Page map"
        aria-rowcount={groups.length + 1}
        onKeyDown={(event) => moveCell(event, drawn, false)}
      >
        <LayerHeads map={map} />
        <tbody>
          <Gap rows={first} columns={map.layers.length + 1} />
          {shown.map((group, at) => (
            <MapRow key={group.row} drawn={drawn} group={group} at={first + at + 2} />
          ))}
          <Gap rows={below} columns={map.layers.length + 1} />
        </tbody>
      </table>
    </section>
  )
}

/** The layers as heads of the columns. */
function LayerHeads({ map }: { readonly map: ShownMap }) {
  return (
    <thead>
      <tr>
        <td />
        {map.layers.map(({ key, title, says }) => (
          <th key={key} scope="col" title={says}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
  )
}

/** @param at its place in the grid, from 1 */
function MapRow({ drawn, group, at }: { readonly drawn: Drawn; readonly group: Group; readonly at: number }) {
  const { map, violated } = drawn
  return (
    <tr aria-rowindex={at}>
      <th scope="row" class={group.row === violated ? 'violated' : ''}>
        {nameOf(map, group)}
      </th>
      {map.layers.map(({ key }, layer) => (
        <MapCell key={key} drawn={drawn} group={group} layer={layer} />
      ))}
    </tr>
  )
}

/** The room of rows that are out of sight. */
function Gap({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  if (rows <= 0) return null
  return (
    <tr class="gap">
      <td colSpan={columns} style={{ height: `${rows * rowHeight}px` }} />
    </tr>
  )
}

interface CellProps {
  readonly drawn: Drawn
  readonly group: Group
  readonly layer: number
}

function MapCell({ drawn, group: { row, rows }, layer }: CellProps) {
  const { map, view, index, step, changed, violated, groups } = drawn
  const [, said = '–', marks = 0] = entryAt(map.histories[row]?.[layer] ?? [], step) ?? []
  const chosen = view.place.cell
  const isChosen = chosen?.run === index && chosen.row === row && chosen.layer === layer
  const text = rows > 1 ? said.replace(/f\d+(?![…\d])/g, '$&…') : said
  const isFirst = chosen?.run !== index && row === groups[0]?.row && layer === 0
  const [isStale, isWrong] = [(marks & 1) !== 0, (marks & 2) !== 0]
  const isChanged = changed.has(`${row}.${layer}`)
  const run = view.data.runs[index]
  const isBad = row === violated && run !== undefined && isViolated(run, map.layers[layer]?.key ?? '', marks)
  const names = [
    ...(isStale ? ['stale'] : []),
    ...(isWrong ? ['wrong'] : []),
    ...(isChanged ? ['changed'] : []),
    ...(isBad ? ['violated'] : []),
    ...(text === '–' ? ['empty'] : []),
  ]
  const spoken = names.filter((name) => name !== 'empty').join(', ')
  return (
    <td
      role="gridcell"
      class={names.join(' ')}
      id={cellId({ run: index, row, layer })}
      tabIndex={isChosen || isFirst ? 0 : -1}
      aria-selected={isChosen}
      title={text}
      onClick={() => view.go({ cell: { run: index, row, layer } })}
      onFocus={() => view.go({ cell: { run: index, row, layer } })}
    >
      {isWrong && <span aria-hidden="true">⚠ </span>}
      {text}
      {isChanged && <span aria-hidden="true"> ●</span>}
      {spoken !== '' && <span class="spoken">, {spoken}</span>}
    </td>
  )
}

const cellId = ({ run, row, layer }: CellPlace): string => `cell-${run}-${row}-${layer}`

/** From cell to cell by the arrow keys. */
function moveCell(event: KeyboardEvent, { map, view, index, groups }: Drawn, isAcross: boolean): void {
  const { cell } = view.place
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key]
  if (by === undefined || cell === undefined || cell.run !== index) return
  event.preventDefault()
  const [down = 0, right = 0] = by
  const [rowBy, layerBy] = isAcross ? [right, down] : [down, right]
  const at = groups.findIndex(({ row }) => row === cell.row)
  const { row } = groups[within(at + rowBy, groups.length)] ?? { row: 0 }
  const layer = within(cell.layer + layerBy, map.layers.length)
  view.go({ cell: { run: index, row, layer } })
  document.getElementById(cellId({ run: index, row, layer }))?.focus()
}

const nameOf = (map: ShownMap, { row, pages }: Group): string =>
  rowName({ first: map.rows[row]?.first ?? 0, count: pages })

const within = (at: number, count: number): number => Math.max(0, Math.min(count - 1, at))
