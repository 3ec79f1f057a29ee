import type { Gfn } from './units.js'

/** Ranges that a step can name. */
export const maxTouchedRanges = 32

/** Ranges of pages that a step touched; one that has no room left says "all". */
export class Touched {
  readonly firsts = new Int32Array(maxTouchedRanges)
  readonly ends = new Int32Array(maxTouchedRanges)
  count = 0

  constructor(private readonly pages: number) {}

  clear(): void {
    this.count = 0
  }

  /** The pages as bits; all bits, for all pages, where there are more pages than bits in a word. */
  get mask(): number {
    if (this.pages > 31) return this.count === 0 ? 0 : -1
    let mask = 0
    for (let at = 0; at < this.count; at += 1) mask |= (1 << this.ends[at]) - (1 << this.firsts[at])
    return mask
  }

  page(gfn: Gfn): void {
    this.range(gfn, gfn + 1)
  }

  all(): void {
    this.range(0, this.pages)
  }

  range(first: number, end: number): void {
    if (this.count === maxTouchedRanges) {
      this.count = 1
      this.firsts[0] = 0
      this.ends[0] = this.pages
      return
    }
    this.firsts[this.count] = first
    this.ends[this.count] = end
    this.count += 1
  }
}
