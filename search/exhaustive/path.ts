import type { Found } from '../../checker/counters.js'
import type { StateStore } from '../../checker/state-store.js'
import type { Run } from '../simulator.js'
import type { ModelSystem } from './model-system.js'

/** Ids from the initial state to a state, both included. */
export function chainTo(store: StateStore, id: number): number[] {
  const chain: number[] = []
  for (let at = id; at >= 0; at = store.parentOf(at)) chain.push(at)
  return chain.reverse()
}

/**
 * The shortest run to a failed step, as actions. It is found by taking the steps once more from the initial state, so
 * that it is concrete though each stored state may stand for others.
 */
export function runTo(system: ModelSystem, store: StateStore, { property, from }: Found): Run {
  const run: Int32Array[] = []
  const target = new Int32Array(system.words.length)
  if (system.startConcrete() !== 0 && from < 0) return run
  for (const id of chainTo(store, from).slice(1)) {
    store.read(id, target)
    run.push(system.follow((step) => same(step.key, target)))
  }
  if (from >= 0) run.push(system.follow((step) => ((step.failed >>> property) & 1) === 1))
  return run
}

function same(a: Int32Array, b: Int32Array): boolean {
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false
  return true
}
