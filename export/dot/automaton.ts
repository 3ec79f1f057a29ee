import { kindOf, relation } from '../../model/actions/relation.js'
import type { Edge, StateGraph } from './state-graph.js'

/** A deterministic automaton; its first state is the initial one, and what has no edge must not happen. */
export interface Automaton {
  /** By state: where an event leads. */
  readonly states: readonly ReadonlyMap<string, number>[]
  /** In the order of their names. */
  readonly events: readonly string[]
}

/** What a host can see of itself: the steps of its plans, by kind, and that a guest asks for a conversion. */
export function eventOf({ action: { kind } }: Pick<Edge, 'action'>): string | undefined {
  const known = kindOf(kind)
  if (known === undefined) return undefined
  return relation[known].by === 'plan' || kind === 'guest.convert' ? kind.replaceAll(/[^a-z0-9]/g, '_') : undefined
}

/**
 * The sequences of events of all runs that violate nothing, as the smallest deterministic automaton. A sequence that it
 * does not take is of no run that keeps the properties.
 */
export function automatonOf(graph: StateGraph): Automaton {
  const good = graph.edges.filter(({ broken }) => broken === undefined)
  const states = smallest(deterministic(graph.states, good))
  const events = [...new Set(states.flatMap((state) => [...state.keys()]))].sort()
  return { states, events }
}

/** Steps from a state: those that no event tells of, and the others by event. */
interface Steps {
  readonly silent: Set<number>
  readonly seen: Map<string, Set<number>>
}

function deterministic(count: number, edges: readonly Edge[]): ReadonlyMap<string, number>[] {
  const steps = Array.from({ length: count }, (): Steps => ({ silent: new Set(), seen: new Map() }))
  for (const edge of edges) {
    const [from, event] = [steps[edge.from], eventOf(edge)]
    if (event === undefined) from?.silent.add(edge.to)
    else from?.seen.set(event, (from.seen.get(event) ?? new Set()).add(edge.to))
  }
  const sets: number[][] = []
  const numbers = new Map<string, number>()
  const numberOf = (members: Iterable<number>): number => {
    const closed = closure(members, steps)
    const key = closed.join()
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, sets.length)
    return sets.push(closed) - 1
  }
  numberOf([0])
  const found: Map<string, number>[] = []
  for (let at = 0; at < sets.length; at += 1) {
    const next = new Map<string, Set<number>>()
    for (const member of sets[at] ?? []) {
      for (const [event, to] of steps[member]?.seen ?? []) next.set(event, new Set([...(next.get(event) ?? []), ...to]))
    }
    found.push(new Map([...next].sort(byName).map(([event, to]) => [event, numberOf(to)])))
  }
  return found
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

/** The states that steps without an event lead to, and those themselves, in order. */
function closure(members: Iterable<number>, steps: readonly Steps[]): number[] {
  const closed = new Set(members)
  for (const member of closed) for (const to of steps[member]?.silent ?? []) closed.add(to)
  return [...closed].sort((a, b) => a - b)
}

/** The same automaton with one state for all that take the same sequences (Moore). */
function smallest(states: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number>[] {
  let classes: readonly number[] = states.map(() => 0)
  for (let count = 0; ; ) {
    const names = new Map<string, number>()
    const next = states.map((state, at) => {
      const key = [classes[at], ...[...state].map(([event, to]) => `${event} ${classes[to]}`)].join()
      if (!names.has(key)) names.set(key, names.size)
      return names.get(key) ?? 0
    })
    classes = next
    if (names.size === count) break
    count = names.size
  }
  const merged = new Map<number, ReadonlyMap<string, number>>()
  for (const [at, state] of states.entries()) {
    const own = classes[at] ?? 0
    if (!merged.has(own)) merged.set(own, new Map([...state].map(([event, to]) => [event, classes[to] ?? 0])))
  }
  return [...merged.values()]
}
