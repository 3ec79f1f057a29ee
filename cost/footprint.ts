import { kindIndex, kinds } from '../model/actions/relation.js'
import type { Machine } from '../model/machine/machine.js'
import { Attr, type State, Table } from '../model/machine/state.js'
import { leafAt, pdeIndex } from '../model/memory/page-table.js'
import { GuestView } from '../model/plan/interpreter.js'

/** Entries of one page of the IOMMU's tables, at each of its levels. */
export const fanOut = 512

/** 1 for the rows that change the tables, or which of them are in use; they leave frames and attributes as they are. */
const changesTables = Uint8Array.from(kinds.names, (name) =>
  name.startsWith('iommu.') || name === 'iommufd.use-domain' ? 1 : 0,
)

/** Where devices are attached is not counted. */
const attach = kindIndex('iommu.attach')
const useDomain = kindIndex('iommufd.use-domain')

/** In a page's byte of facts: the frames that hold it, and whether it is a shared page without a translation. */
const unreachableBit = 0x80
const heldMask = 0x7f

/**
 * What a state holds, counted once in full and then kept up to date by what each step touched. Tables are counted at
 * four levels: those of the model, and above them a page for every 512 entries that lead to something.
 */
export class Footprint {
  /** Frames beyond the first of each page: a shared one beside a private one, and orphans. */
  doublyHeld = 0
  /** Pages that the guest knows to be shared, that are, and to which the tables in use do not lead. */
  unreachable = 0
  /** Pages of tables of the last level, and of the three above it. */
  leafTables = 0
  upperTables = 0
  private readonly facts: Uint8Array
  /** Tables of a region, by domain * regions + region; 0x80 if its directory entry leads to something. */
  private readonly regions: Uint8Array
  /** Entries that lead to something, by directory page; and directory pages in use, by the page above. */
  private readonly directories: Uint16Array
  private readonly pointers: Uint16Array
  private inUse: number

  constructor(
    private readonly m: Machine,
    private readonly s: State,
  ) {
    this.facts = new Uint8Array(m.pages)
    this.regions = new Uint8Array(m.domains * m.regions)
    const directories = m.domains * Math.ceil(m.regions / fanOut)
    this.directories = new Uint16Array(directories)
    this.pointers = new Uint16Array(m.domains * Math.ceil(directories / m.domains / fanOut))
    this.upperTables = m.domains // the root of each
    this.inUse = s.domain[0]
    for (let gfn = 0; gfn < m.pages; gfn += 1) this.page(gfn)
    for (let at = 0; at < this.regions.length; at += 1) this.region(at)
  }

  get tables(): number {
    return this.leafTables + this.upperTables
  }

  /** Counts again what the last step touched. @param row the step's kind */
  update(row: number): void {
    const { touched, pages } = this.m
    if (row === attach || (row === useDomain && this.s.domain[0] === this.inUse)) return
    this.inUse = this.s.domain[0]
    for (let at = 0; at < touched.count; at += 1) {
      const end = Math.min(touched.ends[at], pages)
      if (changesTables[row] === 1) this.updateRegions(touched.firsts[at], end)
      else this.updatePages(touched.firsts[at], end)
    }
  }

  private updatePages(first: number, end: number): void {
    for (let gfn = first; gfn < end; gfn += 1) this.page(gfn)
  }

  /** Of a region that no directory leads to, before and after, nothing has changed: a switch of domains names all. */
  private updateRegions(first: number, end: number): void {
    const { perSuper, domains, regions } = this.m
    for (let region = Math.floor(first / perSuper); region * perSuper < end; region += 1) {
      let isLed = false
      for (let domain = 0; domain < domains; domain += 1) {
        const at = domain * regions + region
        isLed ||= this.regions[at] !== 0 || this.s.pde[at] !== 0
        this.region(at)
      }
      if (isLed) this.updatePages(Math.max(first, region * perSuper), Math.min(end, (region + 1) * perSuper))
    }
  }

  private page(gfn: number): void {
    const { m, s } = this
    const held = (s.sharedFrame[gfn] === 0 ? 0 : 1) + (s.privateFrame[gfn] === 0 ? 0 : 1) + s.orphans[gfn]
    const isShared = s.guestView[gfn] === GuestView.Shared && s.attr[gfn] === Attr.Shared
    const isUnreachable = isShared && leafAt(m, s, s.domain[0], gfn) === 0
    const before = this.facts[gfn]
    const after = Math.min(held, heldMask) + (isUnreachable ? unreachableBit : 0)
    if (after === before) return
    this.facts[gfn] = after
    this.doublyHeld += beyondOne(after & heldMask) - beyondOne(before & heldMask)
    this.unreachable += (after >> 7) - (before >> 7)
  }

  private region(at: number): void {
    const { s } = this
    const tables = (s.table[at * 2] === Table.Free ? 0 : 1) + (s.table[at * 2 + 1] === Table.Free ? 0 : 1)
    const after = tables + (s.pde[at] === 0 ? 0 : unreachableBit)
    const before = this.regions[at]
    if (after === before) return
    this.regions[at] = after
    this.leafTables += (after & heldMask) - (before & heldMask)
    if (after >> 7 !== before >> 7) this.directory(at, (after >> 7) - (before >> 7))
  }

  /** A directory entry came or went: so may its page, and the one above. */
  private directory(at: number, change: number): void {
    const { m } = this
    const domain = Math.floor(at / m.regions)
    const perDomain = Math.ceil(m.regions / fanOut)
    const own = Math.floor((at - pdeIndex(m, domain, 0)) / fanOut)
    const page = domain * perDomain + own
    if (!this.count(this.directories, page, change)) return
    this.count(this.pointers, domain * Math.ceil(perDomain / fanOut) + Math.floor(own / fanOut), change)
  }

  /** @returns whether the page came or went with this entry */
  private count(pages: Uint16Array, page: number, change: number): boolean {
    const wasThere = pages[page] > 0
    pages[page] += change
    const isThere = pages[page] > 0
    if (wasThere !== isThere) this.upperTables += change
    return wasThere !== isThere
  }
}

const beyondOne = (frames: number): number => Math.max(0, frames - 1)
