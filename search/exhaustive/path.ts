import type { FailedStep } from '../../checker/counters.js'
import { type Path, pathTo, sameState } from '../../checker/path.js'
import type { StateStore } from '../../checker/state-store.js'
import type { Run } from '../simulator.js'
import type { Followed, ModelSystem } from './model-system.js'

/** A concrete state on the way along a path, and how it was reached. */
interface Reached {
  readonly words: Int32Array
  readonly by?: { readonly action: Int32Array; readonly before: Reached }
}

/**
 * Takes every step from some states that a test accepts. They are few: those that a stored state stands for, and without
 * symmetry one.
 *
 * @throws Error if there is no such step, which no path of a search leads to
 */
function next(system: ModelSystem, from: readonly Reached[], accepts: (step: Followed) => boolean): Reached[] {
  const reached = new Map<string, Reached>()
  for (const before of from) {
    for (const followed of system.stepsFrom(before.words)) {
      if (!accepts(followed)) continue
      const { words, action } = followed
      const text = words.join()
      if (!reached.has(text)) reached.set(text, { words, by: { action, before } })
    }
  }
  if (reached.size === 0) throw new Error('no step leads to the stored state')
  return [...reached.values()]
}

/** All concrete states that a path may end in, since each stored state may stand for several. */
function endsOf(system: ModelSystem, store: StateStore, path: Path): Reached[] {
  system.writeConcreteInitialState()
  const target = new Int32Array(system.words.length)
  let reached: Reached[] = [{ words: system.words.slice() }]
  for (const id of path.slice(1)) {
    store.read(id, target)
    reached = next(system, reached, ({ key }) => sameState(key, target))
  }
  return reached
}

function runOf(reached: Reached | undefined): Int32Array[] {
  const run: Int32Array[] = []
  for (let at = reached?.by; at !== undefined; at = at.before.by) run.push(at.action)
  return run.reverse()
}

/**
 * The actions of a path. They are found by taking the steps once more from the initial state, so that they are concrete
 * though each stored state may stand for others.
 */
export const runAlong = (system: ModelSystem, store: StateStore, path: Path): Int32Array[] =>
  runOf(endsOf(system, store, path)[0])

/** The shortest run to a failed step; empty where the initial state fails. */
export function runTo(system: ModelSystem, store: StateStore, { property, from }: FailedStep): Run {
  if (from < 0) return []
  const ends = endsOf(system, store, pathTo(store, from))
  return runOf(next(system, ends, ({ failed }) => ((failed >>> property) & 1) === 1)[0])
}
