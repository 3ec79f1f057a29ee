import { vtdLineWrittenBack, vtdNonCoherentWalk } from '../../../spec/index.js'
import type { Machine } from '../../machine/machine.js'
import { type State, Table } from '../../machine/state.js'
import { pdeIndex, regionFirst } from '../../memory/page-table.js'
import { views } from '../accessed.js'
import { nonCoherentWalk } from '../needs.js'
import { count, domain, iovfn, slot, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow, planRow } from '../row.js'

const arg = places('vcpu', 'domain', 'iovfn', 'count')
const slotArg = places('slot')

/** Entries that the IOMMU, which does not snoop, may see differently: directory entries, then leaf entries. */
const lines = (s: State) => s.visiblePde.length + s.visiblePte.length

function isDirty(s: State, line: number): boolean {
  const pte = line - s.visiblePde.length
  return pte < 0 ? s.visiblePde[line] !== s.pde[line] : s.visiblePte[pte] !== s.pte[pte]
}

function someDirty(s: State): boolean {
  for (let line = 0; line < lines(s); line += 1) if (isDirty(s, line)) return true
  return false
}

/** The driver goes by its tables: what a unit has seen in one that is free stays, until it is taken again. */
function writeBack(m: Machine, s: State, table: number): void {
  const end = (table + 1) * m.perSuper
  for (let entry = table * m.perSuper; entry < end; entry += 1) s.visiblePte[entry] = s.pte[entry]
}

/** When an IOMMU that does not snoop sees what the CPU has written to the tables. */
export const visibilityRows = {
  'iommu.write-back-line': environmentRow({
    says: 'One dirty line of the tables, here one entry, leaves the CPU cache on its own.',
    actor: 'iommu',
    params: [slot],
    fairness: 'free',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdLineWrittenBack],
    reads: views('lines pde pte'),
    writes: views('lines'),
    needs: nonCoherentWalk,
    candidates: (_, s) => (someDirty(s) ? lines(s) : 0),
    choose: chooseFirst,
    possible: (_, s, a) => a[slotArg.slot] < lines(s) && isDirty(s, a[slotArg.slot]),
    apply: (m, s, a) => {
      const pte = a[slotArg.slot] - s.visiblePde.length
      if (pte < 0) s.visiblePde[a[slotArg.slot]] = s.pde[a[slotArg.slot]]
      else s.visiblePte[pte] = s.pte[pte]
      const at = pte < 0 ? a[slotArg.slot] : Math.floor(pte / m.perSuper) >>> 1
      const first = (at % m.regions) * m.perSuper
      m.touched.range(first, first + m.perSuper)
    },
  }),
  'iommu.clflush-tables': planRow({
    says: 'Where the unit does not snoop: writes the lines of a range back, so that the unit sees the entries.',
    params: [vcpu, domain, iovfn, count],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdNonCoherentWalk],
    reads: views('pde pte table'),
    writes: views('lines'),
    needs: nonCoherentWalk,
    apply: (m, s, a) => {
      for (let iovfn = regionFirst(m, a[arg.iovfn]); iovfn < a[arg.iovfn] + a[arg.count]; iovfn += m.perSuper) {
        const at = pdeIndex(m, a[arg.domain], iovfn)
        s.visiblePde[at] = s.pde[at]
        for (let table = at * 2; table < at * 2 + 2; table += 1)
          if (s.table[table] !== Table.Free) writeBack(m, s, table)
      }
      m.touched.range(regionFirst(m, a[arg.iovfn]), a[arg.iovfn] + a[arg.count])
    },
  }),
}
