import type { Machine } from '../machine/machine.js'
import { type State, Table } from '../machine/state.js'
import type { DomainId, Frame, Iovfn } from '../machine/units.js'

/** Permissions of an entry. */
export const Perm = { Read: 1, Write: 2, Both: 3 } as const

/** A leaf: the frame + 1 above two bits of permissions; 0 is not present. A superpage leaf names its first frame. */
export const makeLeaf = (frame: Frame, permissions: number): number => (frame + 1) * 4 + permissions
/** The frame of a leaf; a superpage leaf gives its first. -1 of a leaf that is not present. */
export const leafFrame = (leaf: number): number => (leaf >>> 2) - 1
/** The permissions (`Perm`) of a leaf. */
export const leafPermissions = (leaf: number): number => leaf & 3
/** A directory entry is 0 (none), 1 or 2 (which table of the region), or a superpage leaf (4 and above). */
export const isSuperpage = (pde: number): boolean => pde >= 4
/** Whether a directory entry names a table. */
export const isTable = (pde: number): boolean => pde === 1 || pde === 2

/** The sizes of a machine that places in its tables follow from. */
type Sizes = Pick<Machine, 'perSuper' | 'regions'>

/** Index of the superpage that an address (in pages) is in. */
export const regionOf = (m: Sizes, iovfn: Iovfn): number => Math.floor(iovfn / m.perSuper)
/** The first address, in pages, of the superpage that an address is in. */
export const regionFirst = (m: Sizes, iovfn: Iovfn): number => regionOf(m, iovfn) * m.perSuper
/** Index of the directory entry for an address, in `State.pde`. */
export const pdeIndex = (m: Sizes, domain: DomainId, iovfn: Iovfn): number => domain * m.regions + regionOf(m, iovfn)

/** Index of a table that a directory entry names. */
export const tableIndex = (at: number, pde: number): number => at * 2 + pde - 1
/** Index of the entry for an address, in `State.pte`. @param table a `tableIndex` */
export const pteIndex = (m: Sizes, table: number, iovfn: Iovfn): number => table * m.perSuper + (iovfn % m.perSuper)

/** The leaf for one page as software finds it in the tables; a superpage gives the page's own frame. 0 if none. */
export function leafAt(m: Machine, s: State, domain: DomainId, iovfn: Iovfn): number {
  const at = pdeIndex(m, domain, iovfn)
  return leafUnder(m, s, at, s.pde[at], iovfn)
}

/** The leaf to which a directory entry leads at an address; 0 if none. @param at the `pdeIndex` of its region */
function leafUnder(m: Sizes, s: State, at: number, pde: number, iovfn: Iovfn): number {
  if (pde === 0) return 0
  if (isSuperpage(pde)) return pde + (iovfn % m.perSuper) * 4
  return s.pte[pteIndex(m, tableIndex(at, pde), iovfn)]
}

/** A directory entry at a place, which may be of the past. */
interface Pde {
  /** A `pdeIndex`. */
  readonly at: number
  readonly pde: number
}

/** Tells of a page that has other permissions by the directory entry that is in use than by the one before. */
export function noteOtherRights(m: Machine, s: State, before: Pde, at: number): void {
  for (let offset = 0; offset < m.perSuper; offset += 1) {
    const old = leafUnder(m, s, before.at, before.pde, offset)
    const now = leafUnder(m, s, at, s.pde[at], offset)
    if (old === 0 || now === 0 || leafPermissions(old) === leafPermissions(now)) continue
    m.event.rightsChanged = (at % m.regions) * m.perSuper + offset
  }
}

/** The same, as a walk of the hardware finds it. */
export function walkedLeafAt(m: Machine, s: State, domain: DomainId, iovfn: Iovfn): number {
  if (!m.incoherent) return leafAt(m, s, domain, iovfn)
  const at = pdeIndex(m, domain, iovfn)
  const pde = s.visiblePde[at]
  if (pde === 0) return 0
  if (isSuperpage(pde)) return pde + (iovfn % m.perSuper) * 4
  return s.visiblePte[pteIndex(m, tableIndex(at, pde), iovfn)]
}

/** The directory entry as the hardware reads it. */
export function walkedPde(m: Machine, s: State, at: number): number {
  return m.incoherent ? s.visiblePde[at] : s.pde[at]
}

/** The leaf behind a table that the paging-structure cache names, whether that table is still linked or not. */
export function cachedTableLeaf(m: Machine, s: State, table: number, iovfn: Iovfn): number {
  const at = pteIndex(m, table, iovfn)
  return m.incoherent ? s.visiblePte[at] : s.pte[at]
}

/** Writes a 4 KiB leaf, linking a fresh table if the region has none. @returns false if no table page is free */
export function writePage(m: Machine, s: State, domain: DomainId, iovfn: Iovfn, leaf: number): boolean {
  const at = pdeIndex(m, domain, iovfn)
  if (s.pde[at] === 0) {
    const which = freeTable(s, at)
    if (which === 0) return false
    startTable(m, s, tableIndex(at, which))
    s.table[tableIndex(at, which)] = Table.Linked
    s.pde[at] = which
  }
  s.pte[pteIndex(m, tableIndex(at, s.pde[at]), iovfn)] = leaf
  return true
}

/** A new table page is empty for the hardware as well, whatever it saw in it before. */
export function startTable(m: Machine, s: State, table: number): void {
  if (m.incoherent) s.visiblePte.fill(0, table * m.perSuper, (table + 1) * m.perSuper)
}

/** @returns 1 or 2, a table of the region that is free; 0 if neither is */
export function freeTable(s: State, at: number): number {
  if (s.table[at * 2] === Table.Free) return 1
  return s.table[at * 2 + 1] === Table.Free ? 2 : 0
}

/** Whether a table of the region waits for its flush. */
export function unlinkedTable(s: State, at: number): boolean {
  return s.table[at * 2] === Table.Unlinked || s.table[at * 2 + 1] === Table.Unlinked
}

/** Whether no entry of a table is present. @param table a `tableIndex` */
export function tableIsEmpty(m: Machine, s: State, table: number): boolean {
  const first = table * m.perSuper
  for (let offset = 0; offset < m.perSuper; offset += 1) if (s.pte[first + offset] !== 0) return false
  return true
}

/** Marks the page of an address as changed, or all pages of its superpage. */
export function touch(m: Machine, iovfn: Iovfn, large: boolean): void {
  const first = large ? regionFirst(m, iovfn) : iovfn
  m.touched.range(first, first + (large ? m.perSuper : 1))
}

/** Frees the tables of a region that were unlinked; their entries have no owner any more. */
export function freeUnlinked(m: Machine, s: State, at: number): void {
  for (let which = at * 2; which < at * 2 + 2; which += 1) {
    if (s.table[which] !== Table.Unlinked) continue
    s.table[which] = Table.Free
    for (let offset = 0; offset < m.perSuper; offset += 1) s.pte[which * m.perSuper + offset] = 0
  }
}
