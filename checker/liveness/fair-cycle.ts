import type { EdgeLog } from './edge-log.js'
import { StronglyConnected } from './scc.js'

/** Fairness classes of one system: at most this many, so that a set of them fits a 32-bit word. */
export const maxFairnessClasses = 31

/** An infinite run: a state, and the edges of a loop from it back to it. */
export interface Lasso {
  readonly state: number
  readonly loop: readonly number[]
}

/**
 * Looks for a fair cycle among some states: a strongly connected set in which every fairness class that is enabled at
 * some state is taken by some edge (strong fairness). Where a set fails only because a class is enabled and never
 * taken, the states that enable the class are removed, and the rest is decomposed again: Emerson and Lei, "Modalities
 * for model checking" (1987).
 *
 * @param states how many there are
 * @param stays whether a state is one of those among which the cycle has to stay
 * @returns a state of the cycle and the edges of a loop through it; undefined if there is no fair cycle
 */
export function fairCycle(edges: EdgeLog, states: number, stays: (state: number) => boolean): Lasso | undefined {
  return new FairCycles(edges, states).find(stays)
}

const Out = -1

class FairCycles {
  /** The set that a state belongs to at present; `Out` is none. */
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
      this.enabled[state] = this.classesFrom(state)
      all.push(state)
    }
    const waiting: number[][] = [all]
    for (let states = waiting.pop(); states !== undefined; states = waiting.pop()) {
      const found = this.among(states, waiting)
      if (found !== undefined) return found
    }
    return undefined
  }

  private classesFrom(state: number): number {
    let classes = 0
    const end = this.edges.first(state + 1)
    for (let edge = this.edges.first(state); edge < end; edge += 1) classes |= 1 << this.edges.fairnessClass(edge)
    return classes & ~1
  }

  /** Decomposes one set of states; subsets that have to be decomposed again are added to `waiting`. */
  private among(states: readonly number[], waiting: number[][]): Lasso | undefined {
    for (const component of this.components(states)) {
      let enabled = 0
      let taken = 0
      for (const state of component) {
        enabled |= this.enabled[state]
        taken |= this.takenWithin(state)
      }
      const neverTaken = enabled & ~taken
      if (neverTaken === 0) return this.lasso(component, enabled)
      const left = component.filter((state) => (this.enabled[state] & neverTaken) === 0)
      for (const state of component) if ((this.enabled[state] & neverTaken) !== 0) this.part[state] = Out
      if (left.length > 0) waiting.push(left)
    }
    return undefined
  }

  private takenWithin(state: number): number {
    let classes = 0
    const end = this.edges.first(state + 1)
    for (let edge = this.edges.first(state); edge < end; edge += 1) {
      if (this.part[this.edges.target(edge)] === this.part[state]) classes |= 1 << this.edges.fairnessClass(edge)
    }
    return classes & ~1
  }

  /** The strongly connected components of a set, each made a set of its own; a single state needs a loop or no edge. */
  private components(states: readonly number[]): number[][] {
    const nontrivial: number[][] = []
    for (const component of this.search.of(states)) {
      this.parts += 1
      for (const state of component) this.part[state] = this.parts
      if (component.length > 1 || this.loops(component[0])) nontrivial.push(component)
      else if (this.edges.first(component[0]) === this.edges.first(component[0] + 1)) nontrivial.push(component)
      else this.part[component[0]] = Out
    }
    return nontrivial
  }

  private loops(state: number): boolean {
    const end = this.edges.first(state + 1)
    for (let edge = this.edges.first(state); edge < end; edge += 1) if (this.edges.target(edge) === state) return true
    return false
  }

  /** A loop through a component that takes each of the fairness classes. */
  private lasso(component: readonly number[], classes: number): Lasso {
    const start = component.reduce((least, state) => Math.min(least, state))
    const loop: number[] = []
    let at = start
    for (let fairnessClass = 1; fairnessClass <= maxFairnessClasses; fairnessClass += 1) {
      const takes = (edge: number) => this.edges.fairnessClass(edge) === fairnessClass
      if (((classes >>> fairnessClass) & 1) === 0 || loop.some(takes)) continue
      loop.push(...this.shortest(at, takes))
      at = this.edges.target(loop[loop.length - 1])
    }
    if (at !== start || loop.length === 0) loop.push(...this.shortest(at, (edge) => this.edges.target(edge) === start))
    return { state: start, loop }
  }

  /** A shortest way inside a component from a state up to and including a wanted edge; empty if there is none. */
  private shortest(from: number, wanted: (edge: number) => boolean): number[] {
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
