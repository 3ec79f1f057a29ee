import { conversionEnds, endsFairly } from '../properties/index.js'
import type { Run, Simulator } from './simulator.js'

/** Actions of a continuation that are shown, at most: more than a conversion of a small machine and its undo. */
const maxShown = 80

/**
 * The actions of a fair continuation from the present state that shows why a conversion does not end as it must: up to
 * a bad end, or to the first state that comes a second time. Empty if all ends well, if the last step was the bad end,
 * and in a guest so large that there is no second state.
 */
export function fairContinuation(simulator: Simulator): Run {
  if (conversionEnds.holdsAfter?.(simulator.machine, simulator.state) === false) return []
  const s = simulator.workingCopy()
  if (s === simulator.state) return []
  const run: Int32Array[] = []
  const seen = new Set<string>()
  let isOver = false
  const endsWell = endsFairly(simulator.machine, s, (a) => {
    const state = Buffer.from(s.bytes.buffer, s.bytes.byteOffset, s.bytes.length).toString('latin1')
    isOver ||= seen.has(state) || run.length === maxShown
    if (isOver) return
    seen.add(state)
    run.push(a.slice())
  })
  return endsWell ? [] : run
}
