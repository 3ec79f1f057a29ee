import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ShownRun, ShownStep } from '../data.js'
import type { PageView } from './view.ts'

/** Height of a row in pixels, as the style sheet has it. */
const rowHeight = 24
/** Rows beyond the visible ones that are there for a quick scroll. */
const spare = 8

interface TimelineProps {
  readonly run: ShownRun
  readonly index: number
  readonly view: PageView
}

/** The steps of a run, a column an actor. Only rows in sight are in the document, so that long runs scroll fluently. */
export function Timeline({ run, index, view }: TimelineProps) {
  const { place } = view
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const height = useHeight(box)
  const shown = useMemo(() => numbersOf(run, place.isSeenOnly), [run, place.isSeenOnly])
  const step = Math.min(place.step, run.steps.length)
  const at = rowOf(shown, step)
  useEffect(() => keepInSight(box.current, at, `step-${index}-${step}`), [at, index, step])
  const first = Math.max(0, Math.floor(top / rowHeight) - spare)
  const rows = shown.slice(first, first + Math.ceil(height / rowHeight) + spare * 2)
  const fixed = { run, index, view, count: shown.length }
  const widths = useMemo(() => widthsOf(run), [run])
  return (
    <div class="timeline">
      <div
        class="steps-box"
        style={widths}
        ref={box}
        role="listbox"
        aria-label={`Steps of ${run.name}`}
        aria-activedescendant={`step-${index}-${shown[at]}`}
        tabIndex={0}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={(event) => moveBy(event, shown, at, view)}
      >
        <Actors run={run} />
        <div class="all" role="presentation" style={{ height: `${shown.length * rowHeight}px` }}>
          {rows.map((number, below) => (
            <Row key={number} {...fixed} number={number} row={first + below} isHere={number === step} />
          ))}
          <Loop run={run} shown={shown} />
        </div>
      </div>
    </div>
  )
}

/** The heads of the columns. */
function Actors({ run }: { readonly run: ShownRun }) {
  return (
    <div class="actors" aria-hidden="true">
      <div class="names">
        {run.actors.map((name, column) => (
          <span key={name} class="actor" style={leftOf(column, run)}>
            {name}
          </span>
        ))}
      </div>
    </div>
  )
}

interface RowProps extends TimelineProps {
  /** How many steps are taken with it. */
  readonly number: number
  readonly row: number
  readonly count: number
  readonly isHere: boolean
}

function Row({ run, index, number, row, count, isHere, view }: RowProps) {
  const step = run.steps[number - 1]
  const marks = [
    'row',
    ...(isHere ? ['here'] : []),
    ...(view.found.has(number) ? ['found'] : []),
    ...(number === run.taken && number > 0 ? ['last'] : []),
    ...(number > run.taken ? ['continued'] : []),
    ...(number === view.difference ? ['differs'] : []),
    ...(step !== undefined && step.outcome !== 'ok' ? ['failed'] : []),
  ]
  return (
    // The list box takes the keys; an option takes the pointer.
    <div
      id={`step-${index}-${number}`}
      class={marks.join(' ')}
      role="option"
      tabIndex={-1}
      aria-selected={isHere}
      aria-setsize={count}
      aria-posinset={row + 1}
      style={{ top: `${row * rowHeight}px` }}
      onClick={() => view.go({ step: number })}
    >
      <span class="number">{number}</span>
      <span class="spoken">{whereIs(run, number, step)}</span>
      <span class="track">
        <span class="who" aria-hidden="true">
          {step === undefined ? '' : run.actors[step.actor]}
        </span>
        <span class="text" style={leftOf(step?.actor ?? 0, run)}>
          {step?.text ?? run.start}
        </span>
      </span>
    </div>
  )
}

/** What the place of a row says to the eye. */
function whereIs({ actors, taken }: ShownRun, number: number, step: ShownStep | undefined): string {
  const place = number === taken ? ', where the run ends' : number > taken ? ', in the fair continuation' : ''
  return step === undefined ? '' : `, ${actors[step.actor] ?? ''}${place}: `
}

/** Room for the numbers, left of the columns, and the least between two columns. */
const numbers = '72px'
const apart = '6.5rem'

/**
 * The room that the longest text of each column takes where columns stand closest; and in letters, for a narrow window
 * without columns, those of the longest name of an actor and of the longest text.
 */
function widthsOf({ steps, actors, start }: ShownRun): Record<string, string> {
  const longest = actors.map(() => 0)
  longest[0] = start.length
  for (const { actor, text } of steps) longest[actor] = Math.max(longest[actor] ?? 0, text.length)
  const columns = longest.map((length, column) => `${column} * ${apart} + ${length}ch`)
  return {
    '--widest': `calc(${numbers} + max(${columns.join(', ')}))`,
    '--names': `${Math.max(...actors.map(({ length }) => length))}`,
    '--texts': `${Math.max(...longest)}`,
  }
}

/** Columns share what the last one, which texts run out of, leaves them. */
const leftOf = (column: number, { actors }: ShownRun) => ({
  left: `calc(${column} * max((100% - 28rem) / ${Math.max(1, actors.length - 1)}, ${apart}))`,
})

/** The way back of a lasso: from its end to where its loop begins. */
function Loop({ run, shown }: { readonly run: ShownRun; readonly shown: readonly number[] }) {
  if (run.loop === undefined) return null
  const middle = (number: number) => (rowOf(shown, number) + 0.5) * rowHeight
  const [from, to] = [middle(run.steps.length), middle(run.loop)]
  return (
    <svg
      class="loop"
      role="img"
      aria-label={`loop: from step ${run.steps.length} back to step ${run.loop}`}
      width="26"
      height={from + 12}
    >
      <path d={`M24 ${from} H12 Q4 ${from} 4 ${from - 8} V${to + 8} Q4 ${to} 12 ${to} H20`} />
      <path d={`M15 ${to - 5} L22 ${to} L15 ${to + 5}`} />
    </svg>
  )
}

/** Numbers of the steps that have a row; 0 is the start. */
function numbersOf({ steps, taken, loop }: ShownRun, isSeenOnly: boolean): number[] {
  const all = [...Array(steps.length + 1).keys()]
  if (!isSeenOnly) return all
  const ends = [0, taken, ...(loop === undefined ? [] : [loop, steps.length])]
  return all.filter((number) => ends.includes(number) || steps[number - 1]?.isSeen)
}

/** The row of a step; of the one before it that has one, if it has none. */
function rowOf(shown: readonly number[], step: number): number {
  let low = 0
  for (let high = shown.length; low < high; ) {
    const middle = (low + high) >>> 1
    if ((shown[middle] ?? 0) <= step) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

function useHeight(box: { readonly current: HTMLDivElement | null }): number {
  const [height, setHeight] = useState(600)
  useEffect(() => {
    const { current } = box
    if (current === null) return
    const watch = new ResizeObserver(() => setHeight(current.clientHeight))
    watch.observe(current)
    return () => watch.disconnect()
  }, [box])
  return height
}

function keepInSight(box: HTMLDivElement | null, row: number, id: string): void {
  if (box === null) return
  const [top, end] = [row * rowHeight, (row + 1) * rowHeight]
  if (top < box.scrollTop + rowHeight) box.scrollTop = top - 3 * rowHeight
  else if (end > box.scrollTop + box.clientHeight - rowHeight) box.scrollTop = end - box.clientHeight + 3 * rowHeight
  keepTextInSight(box, id)
}

/** In a narrow window, scrolls sideways to the text of a step if its end is out of sight, or its beginning. */
function keepTextInSight(box: HTMLDivElement, id: string): void {
  const text = document.getElementById(id)?.querySelector<HTMLElement>('.text')
  const track = text?.parentElement
  if (!text || !track) return
  const who = track.querySelector<HTMLElement>('.who')?.offsetWidth ?? 0
  const [from, room] = [track.offsetLeft + text.offsetLeft, box.clientWidth - 8]
  const [end, before] = [from + text.offsetWidth, from - track.offsetLeft - who]
  if (end > box.scrollLeft + room) box.scrollLeft = Math.min(before, end - room)
  else if (before < box.scrollLeft) box.scrollLeft = before
}

function moveBy(event: KeyboardEvent, shown: readonly number[], at: number, { go }: PageView): void {
  const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key]
  if (by === undefined) return
  event.preventDefault()
  const row = Math.max(0, Math.min(shown.length - 1, at + by))
  go({ step: shown[row] ?? 0 })
}
