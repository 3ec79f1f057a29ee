const most = 32

/** Ranges of pages that a step touched; one that has no room left says "all". */
export class Touched {
  readonly firsts = new Int32Array(most)
  readonly ends = new Int32Array(most)
  count = 0

  constructor(private readonly pages: number) {}

  clear(): void {
    this.count = 0
  }

  copy(from: Touched): void {
    for (let index = 0; index < from.count; index += 1) {
      this.firsts[index] = from.firsts[index]
      this.ends[index] = from.ends[index]
    }
    this.count = from.count
  }

  page(gfn: number): void {
    this.range(gfn, gfn + 1)
  }

  all(): void {
    this.range(0, this.pages)
  }

  range(first: number, end: number): void {
    if (this.count === most) {
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
