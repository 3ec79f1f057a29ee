import {
  iommufdMapsAtOnce,
  typeMapDriver,
  vtdTableExchanged,
  vtdTableExchanged612,
  vtdTableStartsFlushed,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import { type State, Table } from '../../machine/state.js'
import { freeTable, pdeIndex, startTable, tableIndex, touch } from '../../memory/page-table.js'
import { views } from '../accessed.js'
import { domain, iovfn, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { planRow } from '../row.js'
import { noMemory } from './tables.js'

const arg = places('vcpu', 'domain', 'iovfn')

/** Puts the vCPU's own table into the directory. */
function link(m: Machine, s: State, a: CodeOf<['vcpu', 'domain', 'iovfn']>): void {
  const at = pdeIndex(m, a[arg.domain], a[arg.iovfn])
  const own = s.reg[regOf(a[arg.vcpu], Reg.turn)]
  s.table[tableIndex(at, own)] = Table.Linked
  s.pde[at] = own
  s.reg[regOf(a[arg.vcpu], Reg.turn)] = 0
  touch(m, a[arg.iovfn], true)
}

/** A table in small steps, for maps that write to one region at once. */
export const tableRaceRows = {
  'iommu.allocate-table': planRow({
    says: 'The IOMMU driver takes a page for a new table, which nothing leads to yet.',
    params: [vcpu, domain, iovfn],
    lock: undefined,
    requires: 'call',
    placeMatters: false,
    rules: [vtdTableStartsFlushed, iommufdMapsAtOnce],
    reads: views('own.armed table'),
    writes: views('own.reg table own.armed visiblePte'),
    needs: undefined,
    fails: [
      {
        rule: typeMapDriver,
        errno: Errno.ENOMEM,
        when: (m, s, a) => freeTable(s, pdeIndex(m, a[arg.domain], a[arg.iovfn])) === 0,
      },
    ],
    mayFail: noMemory,
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[arg.domain], a[arg.iovfn])
      const own = freeTable(s, at)
      startTable(m, s, tableIndex(at, own))
      s.table[tableIndex(at, own)] = Table.Filling
      s.reg[regOf(a[arg.vcpu], Reg.turn)] = own
    },
  }),
  'iommu.exchange-entry': planRow({
    says: 'Puts a new table in by a compare-exchange, if there is none; otherwise the caller keeps it.',
    params: [vcpu, domain, iovfn],
    lock: undefined,
    requires: 'call',
    placeMatters: false,
    rules: [vtdTableExchanged, vtdTableExchanged612],
    reads: views('own.reg pde'),
    writes: views('own.reg pde table'),
    needs: undefined,
    apply: (m, s, a) => {
      if (s.pde[pdeIndex(m, a[arg.domain], a[arg.iovfn])] === 0) link(m, s, a)
    },
  }),
  'iommu.store-entry': planRow({
    says: 'Puts a new table in whatever is there by now, as no driver should.',
    params: [vcpu, domain, iovfn],
    lock: undefined,
    requires: 'call',
    placeMatters: false,
    rules: [vtdTableExchanged],
    reads: views('own.reg'),
    writes: views('own.reg pde table'),
    needs: undefined,
    apply: link,
  }),
  'iommu.free-own-table': planRow({
    says: 'Frees a table that was allocated and not put in: another was there first.',
    params: [vcpu, domain, iovfn],
    lock: undefined,
    requires: 'call',
    placeMatters: false,
    rules: [vtdTableExchanged, vtdTableExchanged612],
    reads: views('own.reg'),
    writes: views('own.reg table'),
    needs: undefined,
    apply: (m, s, a) => {
      s.table[tableIndex(pdeIndex(m, a[arg.domain], a[arg.iovfn]), s.reg[regOf(a[arg.vcpu], Reg.turn)])] = Table.Free
      s.reg[regOf(a[arg.vcpu], Reg.turn)] = 0
    },
  }),
}
