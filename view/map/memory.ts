import { type RecordedState, type WholeRun, wholeRun } from '../../search/recorded-state.js'

interface RecordedView {
  readonly length: number
  /** In the order of their first entries. */
  readonly runs: readonly WholeRun[]
  /** Entries that changed since, by index. */
  readonly changed: Map<number, number>
}

/** A recorded state and what became of it. It takes the room of its runs and changes, however large the guest. */
export class StateHistory {
  private readonly views = new Map<string, RecordedView>()

  constructor(initial: RecordedState) {
    for (const [name, { length, runs }] of Object.entries(initial)) {
      const inOrder = runs.map(wholeRun).sort((a, b) => a.first - b.first)
      this.views.set(name, { length, runs: inOrder, changed: new Map() })
    }
  }

  /** Elements of a view; 0 if the machine has none of it. */
  length(name: string): number {
    return this.views.get(name)?.length ?? 0
  }

  runs(name: string): readonly WholeRun[] {
    return this.views.get(name)?.runs ?? []
  }

  at(name: string, index: number): number {
    const view = this.views.get(name)
    if (view === undefined) return 0
    return view.changed.get(index) ?? valueIn(view.runs, index)
  }

  set(name: string, index: number, value: number): void {
    this.views.get(name)?.changed.set(index, value)
  }
}

/** The value of an entry by the last run that begins at or before it; 0 if it is not in that run. */
function valueIn(runs: readonly WholeRun[], index: number): number {
  let low = 0
  for (let high = runs.length; low < high; ) {
    const middle = (low + high) >>> 1
    if ((runs[middle]?.first ?? 0) <= index) low = middle + 1
    else high = middle
  }
  const run = runs[low - 1]
  if (run === undefined) return 0
  const since = index - run.first
  const time = run.every > 0 ? Math.min(run.times - 1, Math.floor(since / run.every)) : 0
  const at = since - time * run.every
  return at < run.count ? run.value + time * run.more + at * run.step : 0
}
