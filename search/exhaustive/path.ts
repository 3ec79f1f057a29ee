import type { FailedStep } from '../../checker/control/counters.js'
import { type Path, pathTo, sameState } from '../../checker/path.js'
import type { StateStore } from '../../checker/state-store.js'
import type { Run } from '../simulator.js'
import type { Followed, ModelSystem } from './model-system.js'

type Accepts = (step: Followed) => boolean

/** A concrete state on the way along a path: how it was reached, and its steps that are still to be tried. */
interface Reached {
  readonly action: Int32Array
  readonly steps: Iterator<Followed, void>
}

/**
 * Takes steps from the initial state, each of which a test accepts. Where none is accepted the step before is taken
 * back: a stored state may stand for several, of which only one leads on, as where teardown begins.
 *
 * @throws Error if there are no such steps, which no path of a search is without
 */
function follow(system: ModelSystem, tests: readonly Accepts[]): Int32Array[] {
  system.writeConcreteInitialState()
  const way: Reached[] = [{ action: new Int32Array(0), steps: system.stepsFrom(system.words.slice()) }]
  const seen = new Set<string>()
  for (let accepts = tests[0]; accepts !== undefined; accepts = tests[way.length - 1]) {
    const found = firstOf(way.at(-1)?.steps, (step) => accepts(step) && !seen.has(nameOf(way.length, step)))
    if (found !== undefined) {
      seen.add(nameOf(way.length, found))
      way.push({ action: found.action, steps: system.stepsFrom(found.words) })
    } else if (way.pop() === undefined) throw new Error('no step leads to the stored state')
  }
  return way.slice(1).map(({ action }) => action)
}

const nameOf = (level: number, { words }: Followed): string => `${level} ${words.join()}`

function firstOf(steps: Iterator<Followed, void> | undefined, accepts: Accepts): Followed | undefined {
  for (let next = steps?.next(); next !== undefined && next.done !== true; next = steps?.next()) {
    if (accepts(next.value)) return next.value
  }
  return undefined
}

function leadsTo(system: ModelSystem, store: StateStore, id: number): Accepts {
  const target = new Int32Array(system.words.length)
  store.read(id, target)
  return ({ key }) => sameState(key, target)
}

/**
 * The actions of a path. They are found by taking the steps once more from the initial state, so that they are concrete
 * though each stored state may stand for others.
 */
export const runAlong = (system: ModelSystem, store: StateStore, path: Path): Int32Array[] =>
  follow(
    system,
    path.slice(1).map((id) => leadsTo(system, store, id)),
  )

/**
 * The actions that lead from the initial state through each of some states, and not through images of them; up to what
 * the search forgets.
 */
export const runThrough = (system: ModelSystem, states: readonly Int32Array[]): Int32Array[] =>
  follow(
    system,
    states.map(
      (target) =>
        ({ kept }) =>
          sameState(kept, target),
    ),
  )

/** The shortest run to a failed step; empty where the initial state fails. */
export function runTo(system: ModelSystem, store: StateStore, { property, from }: FailedStep): Run {
  if (from < 0) return []
  const along = pathTo(store, from).slice(1)
  const fails: Accepts = ({ failed }) => ((failed >>> property) & 1) === 1
  return follow(system, [...along.map((id) => leadsTo(system, store, id)), fails])
}
