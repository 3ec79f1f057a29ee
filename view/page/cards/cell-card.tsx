import type { ShownRun } from '../../data.js'
import { entryAt, lastWrite, markedSince, nextChange } from '../../map/history.js'
import { rowName } from '../run-index.ts'
import type { PageView } from '../view.ts'

interface CellCardProps {
  readonly run: ShownRun
  readonly index: number
  readonly view: PageView
}

/** The chosen cell: what it says, the step that made it so, and the one that changes it next. */
export function CellCard({ run, index, view }: CellCardProps) {
  const { cell } = view.place
  const { map } = run
  const history = cell?.run === index ? map?.histories[cell.row]?.[cell.layer] : undefined
  const [row, layer] = [map?.rows[cell?.row ?? -1], map?.layers[cell?.layer ?? -1]]
  if (history === undefined || row === undefined || layer === undefined) {
    return map === undefined ? null : <p class="hint">Choose a cell to see which step made it so.</p>
  }
  const step = Math.min(view.place.step, run.steps.length)
  const [, text = '', marks = 0] = entryAt(history, step) ?? []
  const stale = markedSince(history, step, 1)
  const [since, next] = [lastWrite(history, step), nextChange(history, step)]
  return (
    <section class="card cell-card" aria-label="Chosen cell">
      <h3>
        {layer.title} of {rowName(row)}: <strong>{text}</strong>
        {(marks & 1) !== 0 && <span class="tag stale">stale</span>}
        {(marks & 2) !== 0 && <span class="tag wrong">⚠ leads astray</span>}
      </h3>
      <p class="says">{layer.says}</p>
      <p class="jumps">
        <Jump label="Why is this so?" step={since} none="so from the start" run={run} view={view} />
        {stale !== undefined && <Jump label="Stale since" step={stale} none="the start" run={run} view={view} />}
        <Jump label="When does it change next?" step={next} none="not in this run" run={run} view={view} />
      </p>
    </section>
  )
}

interface JumpProps {
  readonly label: string
  /** 0 or undefined is none. */
  readonly step: number | undefined
  readonly none: string
  readonly run: ShownRun
  readonly view: PageView
}

function Jump({ label, step, none, run, view }: JumpProps) {
  if (step === undefined || step === 0) {
    return (
      <span>
        {label} <em>{none}</em>
      </span>
    )
  }
  return (
    <span>
      {label}{' '}
      <button type="button" onClick={() => view.go({ step })}>
        step {step}: {run.steps[step - 1]?.text}
      </button>
    </span>
  )
}
