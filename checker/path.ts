import type { StateStore } from './state-store.js'

/** A path of a search: ids of stored states from the initial one on, each a successor of the one before. */
export type Path = readonly number[]

/** The shortest path to a stored state, both ends included; empty for -1, which is no state. */
export function pathTo(store: StateStore, id: number): Path {
  const path: number[] = []
  for (let at = id; at >= 0; at = store.parentOf(at)) path.push(at)
  return path.reverse()
}

/** Whether two states of equal length are equal, word by word. */
export function sameState(a: Int32Array, b: Int32Array): boolean {
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false
  return true
}
