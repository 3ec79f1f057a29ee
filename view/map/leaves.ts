import {
  isSuperpage,
  isTable,
  leafFrame,
  leafPermissions,
  pdeIndex,
  pteIndex,
  tableIndex,
} from '../../model/memory/page-table.js'
import type { StateHistory } from './memory.js'
import type { StatePage } from './place.js'
import type { Shape } from './shape.js'

/** An entry that translates a page: its leaf, with the page's own frame, and whether it is a superpage's. */
export interface Leaf {
  readonly leaf: number
  readonly large: boolean
}

/** The leaf of a page in the tables of a domain: as software finds it, or as a walk of the IOMMU does. */
export function leafIn(
  memory: StateHistory,
  shape: Shape,
  domain: number,
  page: number,
  seenBy: 'host' | 'IOMMU',
): Leaf {
  const isApart = seenBy === 'IOMMU' && memory.length('visiblePde') > 0
  const at = pdeIndex(shape, domain, page)
  const pde = memory.at(isApart ? 'visiblePde' : 'pde', at)
  if (isSuperpage(pde)) return { leaf: pde + (page % shape.perSuper) * 4, large: true }
  if (!isTable(pde)) return { leaf: 0, large: false }
  const table = tableIndex(at, pde)
  return { leaf: memory.at(isApart ? 'visiblePte' : 'pte', pteIndex(shape, table, page)), large: false }
}

const permissionWords = ['', 'r', 'w', 'rw']

/** The text of a leaf entry: size, first frame, permissions (`4k f1 rw`, `2M f512 rw`); `–` for none. */
export function leafText({ leaf, large }: Leaf, { shape, count }: Pick<StatePage, 'shape' | 'count'>): string {
  if (leaf === 0) return '–'
  const frame = `f${leafFrame(leaf)}${count > 1 ? '…' : ''}`
  return `${sizeText(large ? shape.perSuper : 1)} ${frame} ${permissionWords[leafPermissions(leaf)] ?? ''}`
}

const sizeText = (pages: number): string => (pages % 256 === 0 ? `${pages / 256}M` : `${pages * 4}k`)
