import type { Hello } from '../protocol/messages.js'
import type { Implementation } from '../targets/in-process.js'
import { linux612Hello } from './linux-612-table.js'
import { type HandTable, type Plant, readable, tableByHand, writable } from './table-by-hand.js'

/** For tests: what Linux's driver for the tables of Arm says of itself. @param kernel by its version */
const helloOf = (kernel: SmmuKernel): Hello => ({
  ...linux612Hello,
  name: `SMMUv3 tables of ${kernel} by hand`,
  platform: smmuPlatforms[kernel],
})

const common =
  'writeImpliesRead=true mapOverLeaf=replace-table unmapAtHole=stop-by-size emptyTable=flush-then-free ' +
  'psiMatch=containment'

/** The readings of the model that go with the two kernels. */
export const smmuPlatforms = {
  '6.12': `linux-6.12 ${common} partialUnmap=split`,
  '7.2': `linux-7.2 ${common} partialUnmap=refuse`,
} as const

export type SmmuKernel = keyof typeof smmuPlatforms

/** Rights, by the page's place in its table; 0 where there is no entry. */
type Leaves = number[]
/** An entry of the directory: none, the rights of a block, or a table. */
type Entry = undefined | number | Leaves

/** What `iommu_pgsize()` gives to the driver: the size of a leaf in pages, and how many. */
interface Chunk {
  readonly size: number
  readonly count: number
}

const rightsFor = (asked: number): number => ((asked & writable) === 0 ? readable : readable | writable)

/** `arm_lpae_map_pages()` and `arm_lpae_unmap_pages()`, and the loops of the core over them. */
class SmmuTable implements HandTable {
  private readonly directory: Entry[] = []
  readonly values: number[]

  constructor(
    pages: number,
    private readonly size: number,
    private readonly splits: boolean,
  ) {
    this.values = new Array<number>(pages).fill(0)
  }

  rightsOf(page: number): number {
    const entry = this.directory[Math.floor(page / this.size)]
    return (Array.isArray(entry) ? entry[page % this.size] : entry) ?? 0
  }

  private chunk(first: number, left: number): Chunk {
    const offset = first % this.size
    if (offset === 0 && left >= this.size) return { size: this.size, count: Math.floor(left / this.size) }
    const ahead = this.size - offset
    return { size: 1, count: ahead + this.size <= left ? ahead : left }
  }

  map(from: number, count: number, asked: number): string {
    let first = from
    while (first < from + count) {
      const mapped = this.mapPages(first, this.chunk(first, from + count - first), rightsFor(asked))
      if (mapped === 0) {
        this.unmap(from, first - from)
        return 'EEXIST'
      }
      first += mapped
    }
    return 'ok'
  }

  /** @returns pages mapped; 0 where a leaf is in the way */
  private mapPages(first: number, { size, count }: Chunk, rights: number): number {
    const at = Math.floor(first / this.size)
    if (size === this.size) {
      for (let block = at; block < at + count; block += 1) {
        if (typeof this.directory[block] === 'number') return 0
        this.directory[block] = undefined
      }
      this.directory.splice(at, count, ...new Array<number>(count).fill(rights))
      return count * size
    }
    const entry = this.directory[at] ?? new Array<number>(this.size).fill(0)
    this.directory[at] = entry
    if (!Array.isArray(entry)) return 0
    const place = first % this.size
    const most = Math.min(count, this.size - place)
    if (entry.slice(place, place + most).some((one) => one !== 0)) return 0
    entry.fill(rights, place, place + most)
    return most
  }

  unmap(from: number, count: number): number {
    let done = 0
    while (done < count) {
      const removed = this.unmapPages(from + done, this.chunk(from + done, count - done))
      if (removed === 0) break
      done += removed
    }
    return done
  }

  private unmapPages(first: number, { size, count }: Chunk): number {
    const at = Math.floor(first / this.size)
    if (size === this.size) {
      let gone = 0
      while (gone < count && this.directory[at + gone] !== undefined) {
        this.directory[at + gone] = undefined
        gone += 1
      }
      return gone * size
    }
    const entry = this.directory[at]
    if (entry === undefined) return 0
    const place = first % this.size
    const most = Math.min(count, this.size - place)
    if (Array.isArray(entry)) return clearUntilHole(entry, place, most)
    if (!this.splits) return 0
    this.directory[at] = Array.from({ length: this.size }, (_, page) => {
      return page >= place && page < place + most ? 0 : entry
    })
    return most
  }
}

/** @returns how many leaves are gone */
function clearUntilHole(leaves: Leaves, place: number, most: number): number {
  let gone = 0
  while (gone < most && leaves[place + gone] !== 0) {
    leaves[place + gone] = 0
    gone += 1
  }
  return gone
}

/** @param plant changes a right answer to a wrong one */
export const smmuTable = (kernel: SmmuKernel, plant?: Plant): Implementation =>
  tableByHand(helloOf(kernel), (pages, size) => new SmmuTable(pages, size, kernel === '6.12'), plant)
