import type { Machine } from '../../../model/machine/machine.js'
import type { Half } from '../../protocol/messages.js'

// What an RMM keeps of a realm, and the model's state leaves out: tables of the last level, and the unprotected half.

/** Views of what one candidate state has of it. */
export interface Realm {
  /** By half and region: 0 where no table is, 1 for one that was there at the reset, else its granule + 2. */
  readonly tables: Int16Array
  /** Granule + 1 to which the unprotected entry of a page leads, by page. */
  readonly entry: Int16Array
  /** Granule + 1 whose unmap from the unprotected address of a page is not done, by page. */
  readonly mark: Int16Array
  /** Granule + 1 that a vCPU has cached of the unprotected address of a page, by vCPU * pages + page. */
  readonly tlb: Int16Array
}

type Sizes = Pick<Machine, 'pages' | 'perSuper'> & { readonly scope: { readonly vcpus: number } }

const regionsOf = ({ pages, perSuper }: Sizes): number => Math.ceil(pages / perSuper)

/** After a reset: every table is there, and the unprotected half is empty. */
export function freshRealm(m: Sizes): Int16Array {
  const tables = 2 * regionsOf(m)
  return new Int16Array(tables + 2 * m.pages + m.scope.vcpus * m.pages).fill(1, 0, tables)
}

/** Views into the numbers of the realm of a candidate: writes to them change it. */
export function viewRealm({ machine: m, realm }: { readonly machine: Machine; readonly realm: Int16Array }): Realm {
  const entry = 2 * regionsOf(m)
  const mark = entry + m.pages
  const tlb = mark + m.pages
  return {
    tables: realm.subarray(0, entry),
    entry: realm.subarray(entry, mark),
    mark: realm.subarray(mark, tlb),
    tlb: realm.subarray(tlb),
  }
}

/** Where `tables` has the table with the entry of a page. */
export const tableAt = (m: Machine, half: Half, page: number): number =>
  (half === 'protected' ? 0 : regionsOf(m)) + Math.floor(page / m.perSuper)

/** The pages whose entries one table has. */
export function pagesOfTable(m: Machine, page: number): number[] {
  const first = page - (page % m.perSuper)
  return Array.from({ length: Math.min(m.perSuper, m.pages - first) }, (_, at) => first + at)
}

/** Drops what every vCPU has cached of the unprotected address of a page. */
export function dropUnprotected(m: Machine, { tlb }: Realm, page: number): void {
  for (let at = page; at < tlb.length; at += m.pages) tlb[at] = 0
}
