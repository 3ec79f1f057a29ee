import type { Property } from '../properties/index.js'
import { type Bench, type Run, replay } from './run.js'

/**
 * Shrinks a violating run until no single action can be left out, and no parameter lowered: delta debugging over
 * the actions themselves. An action that is no longer enabled falls away with what it needed.
 *
 * @returns a run that violates the property and is 1-minimal, and how many runs that took
 */
export function minimise(bench: Bench, run: Run, property: Property): { run: Run; executions: number } {
  let best = effective(bench, run, property) ?? run
  let executions = 1
  const attempt = (candidate: Run): boolean => {
    executions += 1
    const shorter = effective(bench, candidate, property)
    if (shorter === undefined || !isSimpler(shorter, best)) return false
    best = shorter
    return true
  }
  for (let size = best.length >> 1; size >= 1; ) {
    if (!dropChunks(() => best, size, attempt)) size >>= 1
    else size = Math.min(size, best.length)
  }
  while (simplify(() => best, attempt) || dropChunks(() => best, 1, attempt));
  return { run: best, executions }
}

/** The actions of a run that were enabled, up to the violation; undefined if there is none. */
function effective(bench: Bench, run: Run, property: Property): Run | undefined {
  const { taken, failure } = replay(bench, run, property)
  return failure === undefined ? undefined : taken
}

function isSimpler(a: Run, b: Run): boolean {
  return a.length < b.length || (a.length === b.length && weight(a) < weight(b))
}

function weight(run: Run): number {
  return run.reduce((sum, action) => sum + action.subarray(1).reduce((inner, value) => inner + value, 0), 0)
}

/** Leaves out runs of `size` actions, last first. @returns whether one could go */
function dropChunks(best: () => Run, size: number, attempt: (run: Run) => boolean): boolean {
  let dropped = false
  for (let end = best().length; end > 0; end -= size) {
    const first = Math.max(0, end - size)
    const run = best()
    if (end <= run.length && attempt([...run.slice(0, first), ...run.slice(end)])) dropped = true
  }
  return dropped
}

/** Lowers one number of one action. @returns whether one could be */
function simplify(best: () => Run, attempt: (run: Run) => boolean): boolean {
  for (let index = 0; index < best().length; index += 1) {
    for (let parameter = 1; parameter < best()[index].length; parameter += 1) {
      if (lower(best(), index, parameter, attempt)) return true
    }
  }
  return false
}

function lower(run: Run, index: number, parameter: number, attempt: (run: Run) => boolean): boolean {
  const value = run[index][parameter]
  for (const smaller of value > 1 ? [0, value >> 1] : [0]) {
    if (smaller >= value) continue
    const action = run[index].slice()
    action[parameter] = smaller
    if (attempt(run.map((old, at) => (at === index ? action : old)))) return true
  }
  return false
}
