import type { EdgeLog } from './edge-log.js'
import { StronglyConnected } from './scc.js'

/** Fairness classes of one system: at most this many, so that a set of them fits a 32-bit word. */
export const maxFairnessClasses = 31

/** A way to go on for ever: a state, and the edges of a loop from it back to it. */
export interface Lasso {
  readonly state: number
  readonly loop: readonly number[]
}

/**
 * Looks for a way to stay for ever among some states though everybody does what is owed again and again: a set of
 * states that reach each other, in which each duty that can be fulfilled somewhere is fulfilled by some edge. Where a
 * set of states fails that only for want of a duty, the states at which it could be fulfilled are taken out, and
 * what is left is looked at again (Emerson and Lei's search for fair cycles under strong fairness).
 *
 * @param states how many there are
 * @param stays whether a state is among those that one must leave
 */
export function fairCycle(edges: EdgeLog, states: number, stays: (state: number) => boolean): Lasso | undefined {
  return new FairCycles(edges, states).find(stays)
}

const Out = -1

class FairCycles {
  /** Which part of the search a state belongs to; `Out` is none. */
  private readonly part: Int32Array
  private readonly enabled: Int32Array
  private readonly search: StronglyConnected
  private parts = 0

  constructor(
    private readonly edges: EdgeLog,
    states: number,
  ) {
    this.part = new Int32Array(states).fill(Out)
    this.enabled = new Int32Array(states)
    this.search = new StronglyConnected(edges, this.part)
  }

  find(stays: (state: number) => boolean): Lasso | undefined {
    const all: number[] = []
    for (let state = 0; state < this.part.length; state += 1) {
      if (!stays(state)) continue
      this.part[state] = 0
      this.enabled[state] = this.dutiesFrom(state)
      all.push(state)
    }
    const waiting: number[][] = [all]
    for (let states = waiting.pop(); states !== undefined; states = waiting.pop()) {
      const found = this.among(states, waiting)
      if (found !== undefined) return found
    }
    return undefined
  }

  private dutiesFrom(state: number): number {
    let duties = 0
    const end = this.edges.first(state + 1)
    for (let edge = this.edges.first(state); edge < end; edge += 1) duties |= 1 << this.edges.duty(edge)
    return duties & ~1
  }

  /** Looks at one set of states; what has to be looked at again is put with the waiting. */
  private among(states: readonly number[], waiting: number[][]): Lasso | undefined {
    for (const component of this.components(states)) {
      let enabled = 0
      let taken = 0
      for (const state of component) {
        enabled |= this.enabled[state]
        taken |= this.takenWithin(state)
      }
      const owed = enabled & ~taken
      if (owed === 0) return this.lasso(component, enabled)
      const left = component.filter((state) => (this.enabled[state] & owed) === 0)
      for (const state of component) if ((this.enabled[state] & owed) !== 0) this.part[state] = Out
      if (left.length > 0) waiting.push(left)
    }
    return undefined
  }

  private takenWithin(state: number): number {
    let duties = 0
    const end = this.edges.first(state + 1)
    for (let edge = this.edges.first(state); edge < end; edge += 1) {
      if (this.part[this.edges.target(edge)] === this.part[state]) duties |= 1 << this.edges.duty(edge)
    }
    return duties & ~1
  }

  /** The sets of states of one part that reach each other, each a part of its own; lone states are left out. */
  private components(states: readonly number[]): number[][] {
    const kept: number[][] = []
    for (const component of this.search.of(states)) {
      this.parts += 1
      for (const state of component) this.part[state] = this.parts
      if (component.length > 1 || this.loops(component[0])) kept.push(component)
      else if (this.edges.first(component[0]) === this.edges.first(component[0] + 1)) kept.push(component)
      else this.part[component[0]] = Out
    }
    return kept
  }

  private loops(state: number): boolean {
    const end = this.edges.first(state + 1)
    for (let edge = this.edges.first(state); edge < end; edge += 1) if (this.edges.target(edge) === state) return true
    return false
  }

  /** A loop through a component that fulfils every duty that it can. */
  private lasso(component: readonly number[], duties: number): Lasso {
    const start = component.reduce((least, state) => Math.min(least, state))
    const loop: number[] = []
    let at = start
    for (let duty = 1; duty <= maxFairnessClasses; duty += 1) {
      if (((duties >>> duty) & 1) === 0 || loop.some((edge) => this.edges.duty(edge) === duty)) continue
      loop.push(...this.walk(at, (edge) => this.edges.duty(edge) === duty))
      at = this.edges.target(loop[loop.length - 1])
    }
    if (at !== start || loop.length === 0) loop.push(...this.walk(at, (edge) => this.edges.target(edge) === start))
    return { state: start, loop }
  }

  /** The shortest way inside a component from a state up to and with an edge that is wanted; none if there is none. */
  private walk(from: number, wanted: (edge: number) => boolean): number[] {
    const cameBy = new Map<number, number>([[from, -1]])
    const queue = [from]
    for (const state of queue) {
      const end = this.edges.first(state + 1)
      for (let edge = this.edges.first(state); edge < end; edge += 1) {
        const target = this.edges.target(edge)
        if (this.part[target] !== this.part[from]) continue
        if (wanted(edge)) return [...this.wayTo(state, cameBy), edge]
        if (cameBy.has(target)) continue
        cameBy.set(target, edge)
        queue.push(target)
      }
    }
    return []
  }

  private wayTo(state: number, cameBy: ReadonlyMap<number, number>): number[] {
    const way: number[] = []
    let edge = cameBy.get(state) ?? -1
    while (edge >= 0) {
      way.push(edge)
      edge = cameBy.get(this.sourceOf(edge)) ?? -1
    }
    return way.reverse()
  }

  /** The state that an edge leaves: the last whose edges begin at or before it. */
  private sourceOf(edge: number): number {
    let low = 0
    let high = this.part.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.edges.first(middle) <= edge) low = middle
      else high = middle - 1
    }
    return low
  }
}
