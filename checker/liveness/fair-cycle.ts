import { StronglyConnected } from './scc.js'
import type { Steps } from './steps.js'

/** Fairness classes of one system: at most this many, so that a set of them fits a 32-bit word. */
export const maxFairnessClasses = 31

/** A step of a loop: the state that it leaves, and its edge. */
export interface LoopStep {
  readonly state: number
  readonly edge: number
}

/** An infinite run: a state, and a loop from it back to it; without steps if no edge leaves the state. */
export interface Lasso {
  readonly state: number
  readonly loop: readonly LoopStep[]
}

/**
 * Looks for a fair cycle among some states: a strongly connected set in which every fairness class that is enabled at
 * some state is taken by some edge (strong fairness). Where a set fails only because a class is enabled and never
 * taken, the states that enable the class are removed, and the rest is decomposed again: Emerson and Lei, "Modalities
 * for model checking" (1987).
 *
 * @param steps of the states, which are its nodes
 * @param stays whether a state is one of those among which the cycle has to stay
 * @returns a state of the cycle and a loop through it; undefined if there is no fair cycle
 */
export function fairCycle(steps: Steps, stays: (state: number) => boolean): Lasso | undefined {
  return new FairCycles(steps).find(stays)
}

const Out = -1

class FairCycles {
  /** The set that a state belongs to at present; `Out` is none. */
  private readonly part: Int32Array
  private readonly enabled: Int32Array
  private readonly search: StronglyConnected
  private parts = 0

  constructor(private readonly steps: Steps) {
    this.part = new Int32Array(steps.nodes).fill(Out)
    this.enabled = new Int32Array(steps.nodes)
    this.search = new StronglyConnected(steps, this.part)
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
    const end = this.steps.end(state)
    for (let edge = this.steps.first(state); edge < end; edge += 1) {
      classes |= 1 << this.steps.fairnessClass(state, edge)
    }
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
    const end = this.steps.end(state)
    for (let edge = this.steps.first(state); edge < end; edge += 1) {
      if (this.part[this.steps.target(state, edge)] !== this.part[state]) continue
      classes |= 1 << this.steps.fairnessClass(state, edge)
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
      else if (this.steps.first(component[0]) === this.steps.end(component[0])) nontrivial.push(component)
      else this.part[component[0]] = Out
    }
    return nontrivial
  }

  private loops(state: number): boolean {
    const end = this.steps.end(state)
    for (let edge = this.steps.first(state); edge < end; edge += 1) {
      if (this.steps.target(state, edge) === state) return true
    }
    return false
  }

  /** A loop through a component that takes each of the fairness classes. */
  private lasso(component: readonly number[], classes: number): Lasso {
    const start = component.reduce((least, state) => Math.min(least, state))
    const { steps } = this
    const loop: LoopStep[] = []
    let at = start
    for (let fairnessClass = 1; fairnessClass <= maxFairnessClasses; fairnessClass += 1) {
      const takes = ({ state, edge }: LoopStep) => steps.fairnessClass(state, edge) === fairnessClass
      if (((classes >>> fairnessClass) & 1) === 0 || loop.some(takes)) continue
      loop.push(...this.shortest(at, takes))
      const last = loop[loop.length - 1]
      at = steps.target(last.state, last.edge)
    }
    const returns = ({ state, edge }: LoopStep) => steps.target(state, edge) === start
    if (at !== start || loop.length === 0) loop.push(...this.shortest(at, returns))
    return { state: start, loop }
  }

  /** A shortest way inside a component from a state up to and including a wanted step; empty if there is none. */
  private shortest(from: number, wanted: (step: LoopStep) => boolean): LoopStep[] {
    const cameBy = new Map<number, LoopStep | undefined>([[from, undefined]])
    const queue = [from]
    for (const state of queue) {
      const end = this.steps.end(state)
      for (let edge = this.steps.first(state); edge < end; edge += 1) {
        const target = this.steps.target(state, edge)
        if (this.part[target] !== this.part[from]) continue
        const step = { state, edge }
        if (wanted(step)) return [...wayTo(state, cameBy), step]
        if (cameBy.has(target)) continue
        cameBy.set(target, step)
        queue.push(target)
      }
    }
    return []
  }
}

function wayTo(state: number, cameBy: ReadonlyMap<number, LoopStep | undefined>): LoopStep[] {
  const way: LoopStep[] = []
  for (let step = cameBy.get(state); step !== undefined; step = cameBy.get(step.state)) way.push(step)
  return way.reverse()
}
