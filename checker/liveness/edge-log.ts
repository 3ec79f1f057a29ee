const chunkSize = 1 << 20
const idBits = 26
const idMask = (1 << idBits) - 1
const classBits = 5
const classMask = (1 << classBits) - 1

/** States that a log of edges can name: the store takes no id beyond their number, rounded up to a block. */
export const maxEdgeStates = 2 ** idBits - 1024

/**
 * What a search says of a step beside its two ends.
 *
 * @param swaps whether the target was stored as its image in which two parties are exchanged
 */
export const edgeLabel = (fairnessClass: number, swaps: boolean): number => fairnessClass | (Number(swaps) << classBits)

/**
 * Every step of a search: its source, its target, and its label (`edgeLabel`). The sources come in the order of their
 * ids, as one thread expands them.
 */
export class EdgeLog {
  count = 0
  private readonly chunks: Uint32Array[] = []
  private readonly firsts: number[] = []

  readonly add = (from: number, to: number, label: number): void => {
    while (this.firsts.length <= from) this.firsts.push(this.count)
    const at = this.count >>> 20
    const chunk = this.chunks[at] ?? this.open(at)
    chunk[this.count & (chunkSize - 1)] = to | (label << idBits)
    this.count += 1
  }

  private open(at: number): Uint32Array {
    this.chunks[at] = new Uint32Array(chunkSize)
    return this.chunks[at]
  }

  /** The first of a state's edges; those of the last state end with `count`. */
  first = (state: number): number => (state < this.firsts.length ? this.firsts[state] : this.count)
  target = (edge: number): number => this.word(edge) & idMask
  fairnessClass = (edge: number): number => (this.word(edge) >>> idBits) & classMask
  swaps = (edge: number): number => this.word(edge) >>> (idBits + classBits)
  private readonly word = (edge: number): number => this.chunks[edge >>> 20][edge & (chunkSize - 1)]
}
