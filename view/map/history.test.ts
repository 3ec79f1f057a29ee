import { expect, test } from 'vitest'
import { type Entry, Mark } from './fold.js'
import { entryAt, lastWrite, markedSince, nextChange } from './history.js'

/** Filled by step 2, stale since step 5, wrong as well since step 7, dropped by step 9. */
const history: readonly Entry[] = [
  [0, '–', 0],
  [2, '4k f1 rw', 0],
  [5, '4k f1 rw', Mark.Stale],
  [7, '4k f1 rw', Mark.Stale + Mark.Wrong],
  [9, '–', 0],
]

test.each([
  [0, '–', 0, 2, undefined],
  [4, '4k f1 rw', 2, 5, undefined],
  [5, '4k f1 rw', 5, 7, 5],
  [8, '4k f1 rw', 7, 9, 5],
  [12, '–', 9, undefined, undefined],
])(
  'after %i steps a cell says %j, written by %i, changed next by %s, stale since %s',
  (taken, text, last, next, stale) => {
    expect(entryAt(history, taken)?.[1]).toBe(text)
    expect(lastWrite(history, taken)).toBe(last)
    expect(nextChange(history, taken)).toBe(next)
    expect(markedSince(history, taken, Mark.Stale)).toBe(stale)
  },
)
