import { lastWrite, nextChange } from '../map/history.js'
import type { PageView } from './view.ts'

/** What each key does, as the page says it. */
export const keyHelp: readonly (readonly [keys: string, does: string])[] = [
  ['← →', 'a step back or on'],
  ['Home End', 'to the start or the end'],
  ['Space', 'play or pause'],
  ['w', 'why is the chosen cell so: to the step that wrote it'],
  ['c', 'when does it change next'],
  ['/', 'search; Enter or n leads to the next step found, N to the one before'],
  ['d', 'to the first difference of two runs'],
  ['v', 'to the violation'],
  ['arrows', 'in the map: from cell to cell'],
]

/** Moves the page by a key, unless a field or the map takes it. */
export function keyActions(
  event: KeyboardEvent,
  view: PageView,
  walk: (by: 1 | -1) => boolean,
  last: number,
  play: () => void,
): void {
  const { target, key } = event
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return
  if (target instanceof HTMLInputElement && (target.type !== 'checkbox' || key === ' ')) return
  if (key === ' ' && target instanceof HTMLButtonElement) return
  const { go, difference } = view
  const actions: Readonly<Record<string, () => void>> = {
    ArrowRight: () => void walk(1),
    ArrowLeft: () => void walk(-1),
    Home: () => go({ step: 0 }),
    End: () => go({ step: last }),
    ' ': play,
    w: () => cellStep(view, lastWrite),
    c: () => cellStep(view, nextChange),
    n: () => nextFound(view, 1),
    N: () => nextFound(view, -1),
    d: () => difference !== undefined && go({ step: difference }),
    v: () => go({ step: view.data.runs[0]?.taken ?? last }),
    '/': () => document.getElementById('find')?.focus(),
  }
  if (!Object.hasOwn(actions, key)) return
  event.preventDefault()
  actions[key]?.()
}

/** Goes where the history of the chosen cell says. */
function cellStep({ data, place, go }: PageView, of: typeof nextChange): void {
  const { cell } = place
  if (cell === undefined) return
  const step = of(data.runs[cell.run]?.map?.histories[cell.row]?.[cell.layer] ?? [], place.step)
  if (step !== undefined) go({ step })
}

/** Goes to the next step that the search found, or the one before. */
export function nextFound({ found, place, go }: PageView, by: 1 | -1): void {
  const steps = [...found].sort((a, b) => (a - b) * by)
  const step = steps.find((one) => (one - place.step) * by > 0) ?? steps[0]
  if (step !== undefined) go({ step })
}
