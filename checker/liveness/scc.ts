import type { EdgeLog } from './edge-log.js'

/** Strongly connected components by Tarjan's algorithm without recursion; used again and again on parts of a graph. */
export class StronglyConnected {
  /** Order in which a state was met, from 1; 0 is not yet. */
  private readonly met: Int32Array
  private readonly low: Int32Array
  /** The next edge of a state to look at. */
  private readonly next: Float64Array
  private readonly isOpen: Uint8Array
  private readonly open: number[] = []
  private readonly way: number[] = []
  private clock = 0
  private found: number[][] = []

  /** @param part which part a state is in; edges that leave the part are not looked at */
  constructor(
    private readonly edges: EdgeLog,
    private readonly part: Int32Array,
  ) {
    this.met = new Int32Array(part.length)
    this.low = new Int32Array(part.length)
    this.next = new Float64Array(part.length)
    this.isOpen = new Uint8Array(part.length)
  }

  /** The components of the graph of some states, all of one part. */
  of(states: readonly number[]): number[][] {
    this.found = []
    this.clock = 0
    for (const state of states) this.met[state] = 0
    for (const state of states) if (this.met[state] === 0) this.searchFrom(state)
    return this.found
  }

  private searchFrom(root: number): void {
    this.enter(root)
    for (let state = root; this.way.length > 0; state = this.way[this.way.length - 1]) {
      const deeper = this.step(state)
      if (deeper >= 0) this.enter(deeper)
      else this.leave(state)
    }
  }

  private enter(state: number): void {
    this.clock += 1
    this.met[state] = this.clock
    this.low[state] = this.clock
    this.next[state] = this.edges.first(state)
    this.isOpen[state] = 1
    this.open.push(state)
    this.way.push(state)
  }

  /** Looks at a state's next edges. @returns a state to go on with, or -1 if all edges were looked at */
  private step(state: number): number {
    const end = this.edges.first(state + 1)
    while (this.next[state] < end) {
      const target = this.edges.target(this.next[state])
      this.next[state] += 1
      if (this.part[target] !== this.part[state]) continue
      if (this.met[target] === 0) return target
      if (this.isOpen[target] === 1) this.low[state] = Math.min(this.low[state], this.met[target])
    }
    return -1
  }

  private leave(state: number): void {
    this.way.pop()
    const above = this.way[this.way.length - 1]
    if (above !== undefined) this.low[above] = Math.min(this.low[above], this.low[state])
    if (this.low[state] !== this.met[state]) return
    const component: number[] = []
    for (let top = this.open.pop(); top !== undefined; top = this.open.pop()) {
      this.isOpen[top] = 0
      component.push(top)
      if (top === state) break
    }
    this.found.push(component)
  }
}
