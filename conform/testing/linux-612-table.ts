import type { Hello } from '../protocol/messages.js'
import { protocolVersion } from '../protocol/messages.js'
import type { Implementation } from '../targets/in-process.js'
import { type HandTable, type Plant, readable, tableByHand } from './table-by-hand.js'

/**
 * For tests: the page table of Linux 6.12, written down from its source without the model, and found equal to a running
 * 6.12.117. A page of the protocol is a run of the kernel's 512 entries a table.
 */
export const linux612Hello: Hello = {
  protocol: protocolVersion,
  name: 'linux-6.12 by hand',
  interfaces: ['page-table'],
  flaws: [],
  limits: [],
  observes: ['result', 'data', 'unmapped'],
  devices: 2,
  pages: 16,
  superpages: '4',
  platform: 'linux-6.12',
}

/** Bytes that differ. */
const mixed = -1

/** What a region of the table has: nothing, the rights of a superpage, or those of each page of a table. */
type Region = undefined | number | Map<number, number>

class Table implements HandTable {
  private readonly regions: Region[] = []
  readonly values: number[]

  constructor(
    private readonly pages: number,
    private readonly size: number,
  ) {
    this.values = new Array<number>(pages).fill(0)
  }

  rightsOf(page: number): number {
    const region = this.regions[Math.floor(page / this.size)]
    return region instanceof Map ? (region.get(page) ?? 0) : (region ?? 0)
  }

  /** How much `iommu_pgsize()` gives to the driver at once. */
  private chunk(first: number, left: number): number {
    if (first % this.size === 0 && left >= this.size) return left - (left % this.size)
    const offset = this.size - (first % this.size)
    return offset + this.size <= left ? offset : left
  }

  map(from: number, count: number, asked: number): string {
    if (asked === 0) return 'EINVAL'
    for (let first = from, left = count; left > 0; ) {
      const chunk = this.chunk(first, left)
      this.mapChunk(first, chunk, asked | readable)
      first += chunk
      left -= chunk
    }
    return 'ok'
  }

  private mapChunk(first: number, count: number, rights: number): void {
    const isLarge = first % this.size === 0 && count >= this.size
    for (let page = first; page < first + count; page += isLarge ? this.size : 1) {
      const at = Math.floor(page / this.size)
      if (isLarge) {
        this.regions[at] = rights
        continue
      }
      this.regions[at] ??= new Map()
      const region = this.regions[at]
      if (region instanceof Map) region.set(page, region.get(page) ?? rights)
      else if (page % this.size === 0 && this.values[page] === 0) this.values[page] = mixed
    }
  }

  unmap(from: number, count: number): number {
    let done = 0
    while (done < count) {
      const first = from + done
      const chunk = this.chunk(first, count - done)
      const hasTable = this.regions[Math.floor(first / this.size)] instanceof Map
      const size = hasTable ? chunk : Math.max(chunk, this.size)
      this.clear(first, first + size)
      done += size
    }
    return done
  }

  private clear(first: number, end: number): void {
    for (let at = Math.floor(first / this.size); at * this.size < Math.min(end, this.pages); at += 1) {
      const [start, region] = [at * this.size, this.regions[at]]
      if (first <= start && end >= start + this.size) this.regions[at] = undefined
      else if (region instanceof Map) for (let page = first; page < end; page += 1) region.delete(page)
      else if (region !== undefined && first <= start && ((this.values[start] ?? 0) & 3) !== 0) this.values[start] = 0
    }
  }
}

/** @param plant changes a right answer to a wrong one */
export const linux612Table = (plant?: Plant): Implementation =>
  tableByHand(linux612Hello, (pages, size) => new Table(pages, size), plant)
