import type { Litmus } from '../../litmus/litmus.js'
import type { Answer } from '../../litmus/run.js'
import { isAsExpected } from '../text/litmus.js'

/** What one test has shown, as plain data; `docs/litmus.md` lists the fields. */
export function litmusJson(file: string, litmus: Litmus, answer: Answer) {
  const { name, quantifier, condition, setup, expected, observables } = litmus
  const { finals, positive, negative, observation, ok, states, transitions, depth, seconds, cut } = answer
  return {
    file,
    name,
    quantifier,
    condition,
    machine: setup,
    expected: expected ?? null,
    observation: cut === undefined ? observation : null,
    asExpected: isAsExpected(litmus, answer) ?? null,
    ok: cut === undefined ? ok : null,
    positive,
    negative,
    finals: finals.map(({ seen, count, holds, stuck }) => ({
      seen: Object.fromEntries(observables.map((observable, at) => [observable.name, seen[at] ?? ''])),
      count,
      holds,
      stuck,
    })),
    states,
    transitions,
    depth,
    seconds,
    inconclusive: cut ?? null,
  }
}
