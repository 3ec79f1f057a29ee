import type { View } from '../../../base/arena.js'

/** Sorts each cache of `slots` slots by key, in descending order, values along with their keys. */
export function order(keys: View, values: View, slots: number): void {
  for (let from = 0; from < keys.length; from += slots) {
    for (let at = from + 1; at < from + slots; at += 1) {
      for (let down = at; down > from && keys[down - 1] < keys[down]; down -= 1) {
        exchange(keys, down)
        if (values !== keys) exchange(values, down)
      }
    }
  }
}

function exchange(view: View, at: number): void {
  const kept = view[at]
  view[at] = view[at - 1]
  view[at - 1] = kept
}
