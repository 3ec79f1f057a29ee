/**
 * B1 with six pages, two converters and two devices, written by hand for speed alone: a state in two 32-bit words,
 * searched breadth first with an open-addressing table that holds the states themselves. It stands for what is
 * possible in this language; nothing else uses it. Pages are bit masks:
 *
 *   low:  private (6) | mapped (6) | cached (6) | stage of converter 0 (3) | stage of converter 1 (3)
 *   high: page of converter 0 (6) | of converter 1 (6) | of device 0 (6) | of device 1 (6)
 */
export interface PackedCounts {
  readonly states: number
  readonly transitions: number
  readonly safe: boolean
}

const N = 6
const all = (1 << N) - 1
const mapped = 6
const cached = 12
const stage = [18, 21] as const

class Table {
  count = 0
  readonly low: Uint32Array
  readonly high: Uint32Array
  private readonly slots: Uint32Array

  constructor(
    private readonly bits: number,
    most: number,
  ) {
    this.low = new Uint32Array(most)
    this.high = new Uint32Array(most)
    this.slots = new Uint32Array(2 ** (bits + 1))
  }

  add(low: number, high: number): void {
    const { slots } = this
    const mask = 2 ** this.bits - 1
    let hash = Math.imul(low ^ Math.imul(high, 0x9e37_79b1), 0x85eb_ca6b)
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0xc2b2_ae35)
    let at = (hash ^ (hash >>> 13)) & mask
    const key = (high | 0x8000_0000) >>> 0
    for (;;) {
      const found = slots[at * 2 + 1]
      if (found === 0) break
      if (found === key && slots[at * 2] === low) return
      at = (at + 1) & mask
    }
    slots[at * 2] = low
    slots[at * 2 + 1] = key
    this.low[this.count] = low
    this.high[this.count] = high
    this.count += 1
  }
}

/** Searches all states. @param bits log2 of the table's slots: at least twice the states */
export function packedB1(bits: number, most: number): PackedCounts {
  const table = new Table(bits, most)
  const walk = new Walk(table)
  table.add((all << mapped) >>> 0, 0)
  for (let at = 0; at < table.count; at += 1) walk.expand(table.low[at] ?? 0, table.high[at] ?? 0)
  return { states: table.count, transitions: walk.transitions, safe: walk.safe }
}

class Walk {
  transitions = 0
  safe = true

  constructor(private readonly table: Table) {}

  expand(low: number, high: number): void {
    this.check(low, high)
    this.convert(low, high, 0)
    this.convert(low, high, 1)
    this.translate(low, high, 12)
    this.translate(low, high, 18)
    for (let page = 1; page <= all; page <<= 1) if (low & (page << cached)) this.go(low & ~(page << cached), high)
  }

  private go(low: number, high: number): void {
    this.transitions += 1
    this.table.add(low >>> 0, high >>> 0)
  }

  private check(low: number, high: number): void {
    const converting = (high | (high >>> 6)) & all
    const reached = ((low >>> cached) | (high >>> 12) | (high >>> 18)) & all
    if (low & all & (((low >>> mapped) & ~converting) | reached)) this.safe = false
  }

  private convert(low: number, high: number, v: 0 | 1): void {
    const shift = stage[v]
    const at = (low >>> shift) & 7
    const page = (high >>> (6 * v)) & all
    const rest = low & ~(7 << shift)
    const free = high & ~(all << (6 * v))
    if (at === 0) this.begin(rest, high, shift, v)
    else if (at === 1) this.go((rest & ~(page << mapped)) | (2 << shift), high)
    else if (at === 2) {
      if ((((high >>> 12) | (high >>> 18)) & page) === 0) this.go((rest & ~(page << cached)) | (3 << shift), high)
    } else if (at === 3) this.go(rest | page, free)
    else if (at === 4) this.go((rest & ~page) | (5 << shift), high)
    else this.go(rest | (page << mapped), free)
  }

  private begin(low: number, high: number, shift: number, v: number): void {
    const busy = (high | (high >>> 6)) & all
    for (let page = 1; page <= all; page <<= 1) {
      if (busy & page) continue
      this.go(low | ((low & page ? 4 : 1) << shift), high | (page << (6 * v)))
    }
  }

  private translate(low: number, high: number, shift: number): void {
    if ((high >>> shift) & all) {
      this.go(low, high & ~(all << shift))
      return
    }
    const reachable = ((low >>> mapped) | (low >>> cached)) & all
    for (let page = 1; page <= all; page <<= 1) {
      if (reachable & page) this.go(low | (page << cached), high | (page << shift))
    }
  }
}
