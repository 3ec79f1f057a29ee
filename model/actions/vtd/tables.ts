import {
  iommufdDetachEmpties,
  iommufdReplaceFills,
  iommufdReplaceOrder,
  iommufdUnmapOrder,
  mirrorState,
  typeClearThenSync,
  typeMapDriver,
  typeMapLargest,
  typeMapNoMemory,
  vtdAttachBlocks,
  vtdAttachHitless,
  vtdCoalesceHitless,
  vtdLeafSizes,
  vtdMapOverLeafKept,
  vtdMapOverLeafRefused,
  vtdNonCoherentWalk,
  vtdSplitHitless,
  vtdSuperpageOverEmpty72,
  vtdSuperpageOverEmpty612,
  vtdTableFreedAfterFlush,
  vtdTableStartsFlushed,
  vtdUnmapEnlarges,
  vtdUnmapInsideSuperpage,
  vtdUnmapRefused,
  vtdUnmapSkipsHole,
  vtdUnmapStopsAtHole,
  vtdWriteOnlyExact72,
  vtdWriteOnlyReadable612,
} from '../../../spec/index.js'
import { type Code, Failure } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, registerCount } from '../../machine/registers.js'
import { type State, Table } from '../../machine/state.js'
import { type Injected, planRow } from '../row.js'
import {
  freeTable,
  isSuperpage,
  isTable,
  leafAt,
  leafPermissions,
  makeLeaf,
  Perm,
  pdeIndex,
  pteIndex,
  regionFirst,
  startTable,
  tableIndex,
  writePage,
} from './page-table.js'

const leafParameters = ['vcpu', 'domain', 'iovfn', 'size']
const regionParameters = ['vcpu', 'domain', 'iovfn']
const noMemory: Injected = { what: Failure.Allocation, rule: typeMapNoMemory, errno: Errno.ENOMEM }
const isLarge = (a: Code) => a[4] === 1

/** Frame that the page's mapping leads to: the pinned one, or for drivers without pins the shared backing's. */
function frameFor(m: Machine, s: State, iovfn: number): number {
  return (m.program.pins ? s.pinnedFrame[iovfn] : s.sharedFrame[iovfn]) - 1
}

/** What the call asks for; in a second domain, what the page that is copied has in the domain in use. */
function permissionsFor(m: Machine, s: State, vcpu: number, domain: number, iovfn: number): number {
  const copied = domain === s.domain[0] ? 0 : leafAt(m, s, s.domain[0], iovfn)
  if (copied !== 0) return leafPermissions(copied)
  const asked = s.reg[vcpu * registerCount + Reg.permissions]
  const permissions = asked === 0 ? Perm.Both : asked
  return permissions === Perm.Write && m.platform.writeImpliesRead ? Perm.Both : permissions
}

function leafInTheWay(m: Machine, s: State, a: Code): boolean {
  return leafAt(m, s, a[2], a[3]) !== 0
}

function touch(m: Machine, iovfn: number, large: boolean): void {
  const first = large ? regionFirst(m, iovfn) : iovfn
  m.touched.range(first, first + (large ? m.perSuper : 1))
}

/** Leaf and directory entries of the IOMMU's tables, each one store. */
export const tableRows = {
  'vtd.write-entry': planRow({
    parameters: leafParameters,
    cites: [
      vtdLeafSizes,
      vtdTableStartsFlushed,
      typeMapLargest,
      iommufdReplaceFills,
      vtdWriteOnlyExact72,
      vtdWriteOnlyReadable612,
      vtdMapOverLeafKept,
      mirrorState,
    ],
    mayFail: noMemory,
    fails: [
      {
        rule: vtdMapOverLeafRefused,
        errno: Errno.EADDRINUSE,
        when: (m, s, a) => leafInTheWay(m, s, a) && m.platform.mapOverLeaf === 'refuse',
      },
      { rule: typeMapDriver, errno: Errno.ENOMEM, when: (m, s, a) => !isLarge(a) && noTable(m, s, a) },
    ],
    apply: (m, s, a) => {
      if (leafInTheWay(m, s, a)) return
      const leaf = makeLeaf(frameFor(m, s, a[3]), permissionsFor(m, s, a[1], a[2], a[3]))
      if (isLarge(a)) s.pde[pdeIndex(m, a[2], a[3])] = leaf
      else writePage(m, s, a[2], a[3], leaf)
      touch(m, a[3], isLarge(a))
    },
  }),
  'vtd.clear-entry': planRow({
    parameters: leafParameters,
    cites: [
      typeClearThenSync,
      iommufdUnmapOrder,
      iommufdDetachEmpties,
      vtdUnmapInsideSuperpage,
      vtdUnmapEnlarges,
      vtdUnmapRefused,
      vtdUnmapStopsAtHole,
      vtdUnmapSkipsHole,
    ],
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[2], a[3])
      const pde = s.pde[at]
      if (isSuperpage(pde)) s.pde[at] = 0
      else if (isTable(pde)) s.pte[pteIndex(m, tableIndex(at, pde), a[3])] = 0
      touch(m, a[3], isSuperpage(pde))
    },
  }),
  'vtd.unlink-table': planRow({
    parameters: regionParameters,
    cites: [vtdSuperpageOverEmpty72, vtdSuperpageOverEmpty612],
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[2], a[3])
      s.table[tableIndex(at, s.pde[at])] = Table.Unlinked
      s.pde[at] = 0
      touch(m, a[3], true)
    },
  }),
  'vtd.free-tables': planRow({
    parameters: regionParameters,
    cites: [vtdTableFreedAfterFlush],
    apply: (m, s, a) => {
      freeUnlinked(m, s, pdeIndex(m, a[2], a[3]))
      touch(m, a[3], true)
    },
  }),
  /** Where the IOMMU does not snoop: writes the lines of a range back, so that it sees the entries. */
  'vtd.clflush-tables': planRow({
    parameters: ['vcpu', 'domain', 'iovfn', 'count'],
    cites: [vtdNonCoherentWalk],
    apply: (m, s, a) => {
      for (let iovfn = regionFirst(m, a[3]); iovfn < a[3] + a[4]; iovfn += m.perSuper) {
        const at = pdeIndex(m, a[2], iovfn)
        s.visiblePde[at] = s.pde[at]
        const first = at * 2 * m.perSuper
        for (let entry = first; entry < first + 2 * m.perSuper; entry += 1) s.visiblePte[entry] = s.pte[entry]
      }
      m.touched.range(regionFirst(m, a[3]), a[3] + a[4])
    },
  }),
  'vtd.fill-table': planRow({
    parameters: regionParameters,
    cites: [vtdSplitHitless, vtdTableStartsFlushed],
    mayFail: noMemory,
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[2], a[3])
      const which = tableIndex(at, freeTable(s, at))
      startTable(m, s, which)
      s.table[which] = Table.Filling
      for (let offset = 0; offset < m.perSuper; offset += 1) s.pte[which * m.perSuper + offset] = s.pde[at] + offset * 4
    },
  }),
  'vtd.link-table': planRow({
    parameters: regionParameters,
    cites: [vtdSplitHitless],
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[2], a[3])
      const filled =
        s.table[at * 2] === Table.Filling ? 1 : s.table[at * 2 + 1] === Table.Filling ? 2 : freeTable(s, at)
      s.table[tableIndex(at, filled)] = Table.Linked
      s.pde[at] = filled
      touch(m, a[3], true)
    },
  }),
  /** Puts a superpage over a table whose entries it equals, in one store; the table waits for its flush. */
  'vtd.store-superpage': planRow({
    parameters: regionParameters,
    cites: [vtdCoalesceHitless],
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[2], a[3])
      const table = tableIndex(at, s.pde[at])
      s.pde[at] = s.pte[table * m.perSuper]
      s.table[table] = Table.Unlinked
      touch(m, a[3], true)
    },
  }),
  'vtd.block-translation': planRow({
    parameters: ['vcpu', 'device'],
    cites: [vtdAttachBlocks],
    apply: (_, s, a) => {
      s.attached[a[2]] = 0
    },
  }),
  'vtd.attach': planRow({
    parameters: ['vcpu', 'device', 'domain'],
    cites: [vtdAttachHitless],
    apply: (m, s, a) => {
      s.attached[a[2]] = a[3] + 1
      m.touched.all()
    },
  }),
  'iommufd.use-domain': planRow({
    parameters: ['vcpu', 'domain'],
    cites: [iommufdReplaceOrder],
    apply: (_, s, a) => {
      s.domain[0] = a[2]
    },
  }),
}

function noTable(m: Machine, s: State, a: Code): boolean {
  const at = pdeIndex(m, a[2], a[3])
  return s.pde[at] === 0 && freeTable(s, at) === 0
}

/** Frees the tables of a region that were unlinked; what they hold is nobody's any more. */
export function freeUnlinked(m: Machine, s: State, at: number): void {
  for (let which = at * 2; which < at * 2 + 2; which += 1) {
    if (s.table[which] !== Table.Unlinked) continue
    s.table[which] = Table.Free
    for (let offset = 0; offset < m.perSuper; offset += 1) s.pte[which * m.perSuper + offset] = 0
  }
}
