import type { Hello } from '../protocol/messages.js'
import type { Implementation } from '../targets/in-process.js'
import { linux612Hello } from './linux-612-table.js'
import { type HandTable, type Plant, tableByHand } from './table-by-hand.js'

/** The reading of the model that goes with Linux 6.12 behind AMD's unit, with leaves of two sizes. */
export const amdPlatform =
  'linux-6.12 writeImpliesRead=false cachingMode=true emptyTable=flush-then-free psiMatch=containment ' +
  'mapOverLeaf=replace-all unmapAtHole=count-empty partialUnmap=whole'

const amdHello: Hello = { ...linux612Hello, name: 'AMD-Vi tables of 6.12 by hand', platform: amdPlatform }

/** Rights, by the page's place in its table; 0 where there is no entry. */
type Leaves = number[]
/** An entry of the directory: none, the rights of a superpage, or a table. */
type Entry = undefined | number | Leaves

/** What `fetch_pte()` finds: how much its entry maps, and a store to it. */
interface Found {
  readonly size: number
  readonly clear: () => void
}

/** `iommu_v1_map_pages()` and `iommu_v1_unmap_pages()`, and the loops of the core over them. */
class AmdTable implements HandTable {
  private readonly directory: Entry[] = []
  readonly values: number[]

  constructor(
    pages: number,
    private readonly size: number,
  ) {
    this.values = new Array<number>(pages).fill(0)
  }

  rightsOf(page: number): number {
    const entry = this.directory[Math.floor(page / this.size)]
    return (Array.isArray(entry) ? entry[page % this.size] : entry) ?? 0
  }

  /** `iommu_pgsize()`: the size of leaves that fit, and how many pages the driver is given. */
  private chunk(first: number, left: number): { leaf: number; pages: number } {
    const offset = first % this.size
    if (offset === 0 && left >= this.size) return { leaf: this.size, pages: left - (left % this.size) }
    const ahead = this.size - offset
    return { leaf: 1, pages: ahead + this.size <= left ? ahead : left }
  }

  map(from: number, count: number, asked: number): string {
    for (let first = from, left = count; left > 0; ) {
      const { leaf, pages } = this.chunk(first, left)
      for (let page = first; page < first + pages; page += leaf) this.store(page, leaf, asked)
      first += pages
      left -= pages
    }
    return 'ok'
  }

  private store(page: number, leaf: number, rights: number): void {
    const at = Math.floor(page / this.size)
    if (leaf === this.size) {
      this.directory[at] = rights
      return
    }
    const there = this.directory[at]
    const table = Array.isArray(there) ? there : new Array<number>(this.size).fill(0)
    table[page % this.size] = rights
    this.directory[at] = table
  }

  unmap(from: number, count: number): number {
    let done = 0
    while (done < count) {
      const removed = this.unmapPages(from + done, this.chunk(from + done, count - done).pages)
      if (removed === 0) break
      done += removed
    }
    return done
  }

  private unmapPages(first: number, pages: number): number {
    let [page, unmapped] = [first, 0]
    while (unmapped < pages) {
      const found = this.find(page)
      if (found === undefined) return unmapped
      found.clear()
      page = page - (page % found.size) + found.size
      unmapped += found.size
    }
    return unmapped
  }

  private find(page: number): Found | undefined {
    const at = Math.floor(page / this.size)
    const entry = this.directory[at]
    if (entry === undefined) return undefined
    if (Array.isArray(entry)) {
      return {
        size: 1,
        clear: () => {
          entry[page % this.size] = 0
        },
      }
    }
    return {
      size: this.size,
      clear: () => {
        this.directory[at] = undefined
      },
    }
  }
}

/** @param plant changes a right answer to a wrong one */
export const amdTable = (plant?: Plant): Implementation =>
  tableByHand(amdHello, (pages, size) => new AmdTable(pages, size), plant)
