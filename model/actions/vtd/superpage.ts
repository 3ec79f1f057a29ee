import {
  amdViMapReplaces612,
  smmuSplits612,
  vtdCoalesceHitless,
  vtdSplitHitless,
  vtdTableStartsFlushed,
} from '../../../spec/index.js'
import type { Machine } from '../../machine/machine.js'
import { type State, Table } from '../../machine/state.js'
import {
  freeTable,
  isSuperpage,
  isTable,
  noteOtherRights,
  pdeIndex,
  pteIndex,
  regionFirst,
  startTable,
  tableIndex,
  touch,
} from '../../memory/page-table.js'
import { views } from '../accessed.js'
import { count, domain, iovfn, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { planRow } from '../row.js'
import { noMemory, pdeAt } from './tables.js'

const arg = places('vcpu', 'domain', 'iovfn')
const splitArg = places('vcpu', 'domain', 'iovfn', 'count')

const hasFilling = (s: State, at: number): boolean =>
  s.table[at * 2] === Table.Filling || s.table[at * 2 + 1] === Table.Filling || freeTable(s, at) !== 0

/** Whether there is a table that a superpage entry could take the place of. */
function equalsSuperpage(m: Machine, s: State, a: CodeOf<['vcpu', 'domain', 'iovfn']>): boolean {
  const pde = pdeAt(m, s, a)
  const table = tableIndex(pdeIndex(m, a[arg.domain], a[arg.iovfn]), pde)
  return isTable(pde) && s.pte[pteIndex(m, table, regionFirst(m, a[arg.iovfn]))] !== 0
}

/** Superpages that are split, or put together, without a fault in between. */
export const superpageRows = {
  'iommu.fill-table': planRow({
    says: 'The IOMMU driver fills a new table with the frames of a superpage, before anything leads to it.',
    params: [vcpu, domain, iovfn],
    lock: 'container',
    requires: (m, s, a) => isSuperpage(pdeAt(m, s, a)) && freeTable(s, pdeIndex(m, a[arg.domain], a[arg.iovfn])) !== 0,
    placeMatters: false,
    rules: [vtdSplitHitless, vtdTableStartsFlushed],
    reads: views('own.armed pde table visiblePte'),
    writes: views('pte table visiblePte own.armed'),
    needs: undefined,
    mayFail: noMemory,
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[arg.domain], a[arg.iovfn])
      const which = tableIndex(at, freeTable(s, at))
      startTable(m, s, which)
      s.table[which] = Table.Filling
      for (let offset = 0; offset < m.perSuper; offset += 1) s.pte[which * m.perSuper + offset] = s.pde[at] + offset * 4
    },
  }),
  'iommu.link-table': planRow({
    says: 'The IOMMU driver puts a filled table in the place of its superpage, by one store.',
    params: [vcpu, domain, iovfn],
    lock: 'container',
    requires: (m, s, a) => isSuperpage(pdeAt(m, s, a)) && hasFilling(s, pdeIndex(m, a[arg.domain], a[arg.iovfn])),
    placeMatters: false,
    rules: [vtdSplitHitless],
    reads: views('pde pte table'),
    writes: views('pde table'),
    needs: undefined,
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[arg.domain], a[arg.iovfn])
      const filled =
        s.table[at * 2] === Table.Filling ? 1 : s.table[at * 2 + 1] === Table.Filling ? 2 : freeTable(s, at)
      const before = { at, pde: s.pde[at] }
      s.table[tableIndex(at, filled)] = Table.Linked
      s.pde[at] = filled
      noteOtherRights(m, s, before, at)
      touch(m, a[arg.iovfn], true)
    },
  }),
  'iommu.store-superpage': planRow({
    says: 'Puts a superpage over a table whose entries it equals, in one store; the table waits for its flush.',
    params: [vcpu, domain, iovfn],
    lock: 'container',
    requires: equalsSuperpage,
    placeMatters: false,
    rules: [vtdCoalesceHitless],
    reads: views('pde pte'),
    writes: views('pde table'),
    needs: undefined,
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[arg.domain], a[arg.iovfn])
      const before = { at, pde: s.pde[at] }
      const table = tableIndex(at, s.pde[at])
      s.pde[at] = s.pte[table * m.perSuper]
      s.table[table] = Table.Unlinked
      noteOtherRights(m, s, before, at)
      touch(m, a[arg.iovfn], true)
    },
  }),
  'iommu.split-entry': planRow({
    says: 'The IOMMU driver puts a table with the rest of a superpage in its place, by one store.',
    params: [vcpu, domain, iovfn, count],
    lock: 'container',
    requires: (m, s, a) => isSuperpage(pdeAt(m, s, a)) && freeTable(s, pdeIndex(m, a[arg.domain], a[arg.iovfn])) !== 0,
    placeMatters: false,
    rules: [smmuSplits612, amdViMapReplaces612],
    reads: views('own.armed pde pte table'),
    writes: views('lines own.armed pde pte table'),
    needs: undefined,
    mayFail: { ...noMemory, rule: smmuSplits612 },
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[arg.domain], a[arg.iovfn])
      const [pde, which] = [s.pde[at], freeTable(s, at)]
      const table = tableIndex(at, which)
      const first = a[arg.iovfn] % m.perSuper
      startTable(m, s, table)
      for (let offset = 0; offset < m.perSuper; offset += 1) {
        const isGone = offset >= first && offset < first + a[splitArg.count]
        s.pte[table * m.perSuper + offset] = isGone ? 0 : pde + offset * 4
      }
      s.table[table] = Table.Linked
      s.pde[at] = which
      noteOtherRights(m, s, { at, pde }, at)
      touch(m, a[arg.iovfn], true)
    },
  }),
}
