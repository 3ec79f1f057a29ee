/** Sizes of the IOTLB of one unit; an entry has one of as many places as there are ways. */
export interface IotlbSizes {
  /** Entries of 4 KiB pages. */
  readonly entries4k: number
  readonly ways4k: number
  /** Entries of 2 MiB pages; 0: pages of both sizes share the entries of 4 KiB pages. */
  readonly entries2m: number
  readonly ways2m: number
}

/** One array of entries: a key, the leaf behind it, and when it was used last, by set * ways + way. */
class Entries {
  readonly keys: Float64Array
  readonly leaves: Uint32Array
  private readonly used: Float64Array
  private readonly sets: number
  private clock = 0

  constructor(
    entries: number,
    private readonly ways: number,
  ) {
    this.sets = entries / ways
    this.keys = new Float64Array(entries)
    this.leaves = new Uint32Array(entries)
    this.used = new Float64Array(entries)
  }

  /** @param set any whole number that chooses the set. @returns where the key stands, or -1 */
  find(set: number, key: number): number {
    const from = (set % this.sets) * this.ways
    for (let at = from; at < from + this.ways; at += 1) {
      if (this.keys[at] !== key) continue
      this.clock += 1
      this.used[at] = this.clock
      return at
    }
    return -1
  }

  /** Puts an entry in an empty place of its set, or in that of the entry that was used least recently. */
  put(set: number, key: number, leaf: number): void {
    const from = (set % this.sets) * this.ways
    let oldest = from
    for (let at = from; at < from + this.ways; at += 1) if (this.used[at] < this.used[oldest]) oldest = at
    this.clock += 1
    this.keys[oldest] = key
    this.leaves[oldest] = leaf
    this.used[oldest] = this.clock
  }

  clear(at: number): void {
    this.keys[at] = 0
    this.used[at] = 0
  }
}

/**
 * The IOTLB of a unit as a set-associative cache, least recently used first out. It decides hits and misses alone: what
 * a page translates to is the model's answer.
 *
 * @example
 * const iotlb = new Iotlb({ entries4k: 64, ways4k: 4, entries2m: 32, ways2m: 4 }, 512, 1 << 20)
 */
export class Iotlb {
  private readonly small: Entries
  private readonly large: Entries

  /**
   * @param perSuper pages of a superpage
   * @param pages of the guest
   */
  constructor(
    sizes: IotlbSizes,
    private readonly perSuper: number,
    private readonly pages: number,
  ) {
    this.small = new Entries(sizes.entries4k, sizes.ways4k)
    this.large = sizes.entries2m === 0 ? this.small : new Entries(sizes.entries2m, sizes.ways2m)
  }

  /** @returns the leaf that is cached for a page, its own frame in it; -1 if none is */
  lookUp(domain: number, iovfn: number): number {
    const region = Math.floor(iovfn / this.perSuper)
    const at = this.large.find(region, this.key(domain, region * this.perSuper, true))
    if (at >= 0) return this.large.leaves[at] + (iovfn % this.perSuper) * 4
    const own = this.small.find(iovfn, this.key(domain, iovfn, false))
    return own >= 0 ? this.small.leaves[own] : -1
  }

  /** Keeps the translation of a page: `leaf` names the page's own frame, or the first one of its superpage. */
  keep(domain: number, iovfn: number, leaf: number, isLarge: boolean): void {
    const region = Math.floor(iovfn / this.perSuper)
    if (isLarge) this.large.put(region, this.key(domain, region * this.perSuper, true), leaf)
    else this.small.put(iovfn, this.key(domain, iovfn, false), leaf)
  }

  /**
   * Drops the entries of a domain that lie in [first, end).
   *
   * @param larger whether superpage entries go as well that only meet the range
   */
  drop(domain: number, first: number, end: number, larger: boolean): void {
    this.dropIn(this.small, domain, first, end, larger)
    if (this.large !== this.small) this.dropIn(this.large, domain, first, end, larger)
  }

  private dropIn(entries: Entries, domain: number, first: number, end: number, larger: boolean): void {
    for (let at = 0; at < entries.keys.length; at += 1) {
      const key = entries.keys[at] - 1
      if (key < 0) continue
      const isLarge = key % 2 === 1
      const entryFirst = Math.floor(key / 2) - domain * this.pages
      const entryEnd = entryFirst + (isLarge ? this.perSuper : 1)
      if (entryFirst < 0 || entryFirst >= this.pages) continue
      const inside = entryFirst >= first && entryEnd <= end
      if (inside || (larger && entryFirst < end && first < entryEnd)) entries.clear(at)
    }
  }

  private key(domain: number, first: number, isLarge: boolean): number {
    return 1 + (domain * this.pages + first) * 2 + (isLarge ? 1 : 0)
  }
}
