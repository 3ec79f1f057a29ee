import type { Steps } from './steps.js'

/** Strongly connected components by Tarjan's algorithm, without recursion, of many subsets of one graph in turn. */
export class StronglyConnected {
  /** Order in which a state was entered, from 1; 0 if it was not. */
  private readonly index: Int32Array
  private readonly low: Int32Array
  /** The next edge of a state to look at. */
  private readonly next: Float64Array
  private readonly isOpen: Uint8Array
  private readonly open: number[] = []
  private readonly path: number[] = []
  private clock = 0
  private components: number[][] = []

  /** @param part the subset that a state is in; edges that leave the subset are ignored */
  constructor(
    private readonly steps: Steps,
    private readonly part: Int32Array,
  ) {
    this.index = new Int32Array(part.length)
    this.low = new Int32Array(part.length)
    this.next = new Float64Array(part.length)
    this.isOpen = new Uint8Array(part.length)
  }

  /** The components of one subset. */
  of(states: readonly number[]): number[][] {
    this.components = []
    this.clock = 0
    for (const state of states) this.index[state] = 0
    for (const state of states) if (this.index[state] === 0) this.searchFrom(state)
    return this.components
  }

  private searchFrom(root: number): void {
    this.enter(root)
    for (let state = root; this.path.length > 0; state = this.path[this.path.length - 1]) {
      const deeper = this.step(state)
      if (deeper >= 0) this.enter(deeper)
      else this.leave(state)
    }
  }

  private enter(state: number): void {
    this.clock += 1
    this.index[state] = this.clock
    this.low[state] = this.clock
    this.next[state] = this.steps.first(state)
    this.isOpen[state] = 1
    this.open.push(state)
    this.path.push(state)
  }

  /** Looks at a state's next edges. @returns the state to continue with, or -1 if no edge is left */
  private step(state: number): number {
    const end = this.steps.end(state)
    while (this.next[state] < end) {
      const target = this.steps.target(state, this.next[state])
      this.next[state] += 1
      if (this.part[target] !== this.part[state]) continue
      if (this.index[target] === 0) return target
      if (this.isOpen[target] === 1) this.low[state] = Math.min(this.low[state], this.index[target])
    }
    return -1
  }

  private leave(state: number): void {
    this.path.pop()
    const above = this.path[this.path.length - 1]
    if (above !== undefined) this.low[above] = Math.min(this.low[above], this.low[state])
    if (this.low[state] !== this.index[state]) return
    const component: number[] = []
    for (let top = this.open.pop(); top !== undefined; top = this.open.pop()) {
      this.isOpen[top] = 0
      component.push(top)
      if (top === state) break
    }
    this.components.push(component)
  }
}
