import type { FailedStep } from '../../checker/counters.js'
import { followPath, type Path, pathTo, sameState } from '../../checker/path.js'
import type { StateStore } from '../../checker/state-store.js'
import type { Run } from '../simulator.js'
import type { ModelSystem } from './model-system.js'

/**
 * The actions of a path. They are found by taking the steps once more from the initial state, so that they are concrete
 * though each stored state may stand for others.
 */
export function runAlong(system: ModelSystem, store: StateStore, path: Path): Int32Array[] {
  system.writeConcreteInitialState()
  return followPath(store, path, system.words.length, (target) => system.follow(({ key }) => sameState(key, target)))
}

/** The shortest run to a failed step; empty where the initial state fails. */
export function runTo(system: ModelSystem, store: StateStore, { property, from }: FailedStep): Run {
  if (from < 0) return []
  const run = runAlong(system, store, pathTo(store, from))
  run.push(system.follow(({ failed }) => ((failed >>> property) & 1) === 1))
  return run
}
