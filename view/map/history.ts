import type { Entry } from './fold.js'

/** What a cell says after so many steps; undefined for a cell without a history. */
export function entryAt(history: readonly Entry[], taken: number): Entry | undefined {
  return history[indexAt(history, taken)]
}

/** The step that made a cell say what it says, as the number of steps taken with it; 0 if it was so from the start. */
export const lastWrite = (history: readonly Entry[], taken: number): number => entryAt(history, taken)?.[0] ?? 0

/** The next step that changes the cell; undefined if none does. */
export const nextChange = (history: readonly Entry[], taken: number): number | undefined =>
  history[indexAt(history, taken) + 1]?.[0]

/** The step since which a cell has a mark; undefined if it has not. */
export function markedSince(history: readonly Entry[], taken: number, mark: number): number | undefined {
  let since: number | undefined
  for (let at = indexAt(history, taken); at >= 0; at -= 1) {
    const [step, , marks] = history[at] ?? [0, '', 0]
    if ((marks & mark) === 0) return since
    since = step
  }
  return since
}

function indexAt(history: readonly Entry[], taken: number): number {
  let low = 0
  for (let high = history.length; low < high; ) {
    const middle = (low + high) >>> 1
    if ((history[middle]?.[0] ?? 0) <= taken) low = middle + 1
    else high = middle
  }
  return low - 1
}
