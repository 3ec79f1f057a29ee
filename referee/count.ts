import { must } from '../base/result.js'
import { kinds } from '../model/actions/relation.js'
import { enabled, step } from '../model/actions/step.js'
import { initialState } from '../model/initial-state.js'
import { encode } from '../model/machine/action.js'
import type { Machine } from '../model/machine/machine.js'
import type { State } from '../model/machine/state.js'

/** What a machine can do, counted. */
export interface RefereeCounts {
  readonly states: number
  readonly transitions: number
  /** Levels; the initial state is at 1. */
  readonly depth: number
}

/** Takes each step of a state in turn; the visitor may change the state. */
export function forEachStep(m: Machine, s: State, from: string, onStep: () => void): void {
  const load = () => s.bytes.set(Buffer.from(from, 'latin1'))
  load()
  for (const action of enabled(m, s)) {
    load()
    step(m, s, must(encode(kinds, action)))
    onStep()
  }
}

/** A state and what follows it, as a visitor of all of them sees it. */
export interface Visited {
  /** The state before, and after each of its steps, in turn; a visitor may change it. */
  readonly s: State
  /** Called at the state itself; if left out, nothing is. */
  readonly onState?: () => void
  /** Called after each step from it. */
  readonly onStep?: () => void
  /** Called when all of its steps were taken. */
  readonly onEnd?: () => void
}

/**
 * Visits a machine's states by the plainest search there is: a set of whole states as text, a list a level. It shares
 * nothing with `checker/`, which packs, hashes, batches and shares out; and it is for small machines.
 */
export function visitStates(m: Machine, { s, onState, onStep, onEnd }: Visited): RefereeCounts {
  initialState(m, s)
  const textOf = () => Buffer.from(s.bytes).toString('latin1')
  let level = [textOf()]
  const seen = new Set(level)
  let depth = 0
  let transitions = 0
  while (level.length > 0) {
    depth += 1
    const next: string[] = []
    for (const from of level) {
      s.bytes.set(Buffer.from(from, 'latin1'))
      onState?.()
      forEachStep(m, s, from, () => {
        transitions += 1
        const to = textOf()
        onStep?.()
        if (seen.has(to)) return
        seen.add(to)
        next.push(to)
      })
      onEnd?.()
    }
    level = next
  }
  return { states: seen.size, transitions, depth }
}

/** Counts the states and steps of a machine by a search of its own. */
export const countStates = (m: Machine): RefereeCounts => visitStates(m, { s: m.blankState() })
