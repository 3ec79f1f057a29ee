import type { StateStore } from './state-store.js'

/** A path of a search: ids of stored states from the initial one on, each a successor of the one before. */
export type Path = readonly number[]

/** The shortest path to a stored state, both ends included; empty for -1, which is no state. */
export function pathTo(store: StateStore, id: number): Path {
  const path: number[] = []
  for (let at = id; at >= 0; at = store.parentOf(at)) path.push(at)
  return path.reverse()
}

/**
 * Walks a path from its second state on, and reads each state.
 *
 * @param words of a state
 * @param follow finds the step that leads to the given state; the words change when it returns
 * @returns what `follow` returned, step by step
 */
export function followPath<Step>(
  store: StateStore,
  path: Path,
  words: number,
  follow: (target: Int32Array) => Step,
): Step[] {
  const target = new Int32Array(words)
  return path.slice(1).map((id) => {
    store.read(id, target)
    return follow(target)
  })
}

/** Whether two states of equal length are equal, word by word. */
export function sameState(a: Int32Array, b: Int32Array): boolean {
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false
  return true
}
