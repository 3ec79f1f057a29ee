import type { EdgeLog } from './edge-log.js'

/** A graph in which fair cycles are looked for. Edges are numbers; those that leave a node follow each other. */
export interface Steps {
  /** Nodes are numbers below this. */
  readonly nodes: number
  first(node: number): number
  /** One behind the node's last edge. */
  end(node: number): number
  target(node: number, edge: number): number
  fairnessClass(node: number, edge: number): number
}

/** The graph that a search has logged: a node is the id of a state. */
export class LoggedSteps implements Steps {
  /** @param nodes how many ids there are */
  constructor(
    private readonly edges: EdgeLog,
    readonly nodes: number,
  ) {}

  first = (node: number): number => this.edges.first(node)
  end = (node: number): number => this.edges.first(node + 1)
  target = (_: number, edge: number): number => this.edges.target(edge)
  fairnessClass = (_: number, edge: number): number => this.edges.fairnessClass(edge)
}

/**
 * The graph of all states, made of that of a search which stored one of each two that differ only in which of two
 * parties is which: Emerson and Sistla, "Utilizing symmetry when model-checking under fairness assumptions" (1997).
 * Node 2n is the state that is stored as n, node 2n + 1 the same state with the two exchanged. A state that is its own
 * image has two nodes with the same steps, up to the exchange; that adds no run.
 */
export class UnfoldedSteps implements Steps {
  readonly nodes: number

  /**
   * @param ids how many there are
   * @param exchanged the fairness class that each class becomes when the two are exchanged
   */
  constructor(
    private readonly edges: EdgeLog,
    ids: number,
    private readonly exchanged: Int32Array,
  ) {
    this.nodes = ids * 2
  }

  first = (node: number): number => this.edges.first(node >>> 1)
  end = (node: number): number => this.edges.first((node >>> 1) + 1)
  target = (node: number, edge: number): number => this.edges.target(edge) * 2 + ((node & 1) ^ this.edges.swaps(edge))
  fairnessClass = (node: number, edge: number): number => {
    const logged = this.edges.fairnessClass(edge)
    return (node & 1) === 0 ? logged : this.exchanged[logged]
  }
}
