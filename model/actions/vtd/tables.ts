import {
  amdViCountRunsAhead612,
  amdViMapReplaces612,
  amdViRights,
  amdViSizesLimited,
  amdViTablesStay612,
  amdViUnmapAtHole612,
  amdViUnmapTakesLeaf612,
  iommufdDetachEmpties,
  iommufdReplaceFills,
  iommufdUnmapOrder,
  mirrorState,
  smmuMapLooksFirst,
  smmuMapOver,
  smmuPartRefused72,
  smmuUnmapBySize,
  smmuUnmapStops,
  smmuWriteReadable,
  typeClearThenSync,
  typeMapDriver,
  typeMapLargest,
  vtdLeafSizes,
  vtdMapInsideSuperpage612,
  vtdMapOverLeafKept,
  vtdMapOverLeafRefused,
  vtdMapReplaces612,
  vtdMapUndone72,
  vtdMapUndone612,
  vtdSuperpageOverEmpty72,
  vtdSuperpageOverEmpty612,
  vtdTableAllocated,
  vtdTableAllocated612,
  vtdTableFreedAfterFlush,
  vtdTableFreedEarly612,
  vtdTableStartsFlushed,
  vtdUnmapEnlargedAtHole612,
  vtdUnmapEnlarges,
  vtdUnmapInsideSuperpage,
  vtdUnmapInsideSuperpage612,
  vtdUnmapRefused,
  vtdUnmapSkipsHole,
  vtdUnmapStopsAtHole,
  vtdWriteOnlyExact72,
  vtdWriteOnlyReadable612,
} from '../../../spec/index.js'
import { Failure } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import { type State, Table, Tag } from '../../machine/state.js'
import type { DomainId, Iovfn, VcpuId } from '../../machine/units.js'
import {
  freeTable,
  freeUnlinked,
  isSuperpage,
  isTable,
  leafAt,
  leafFrame,
  leafPermissions,
  makeLeaf,
  Perm,
  pdeIndex,
  pteIndex,
  regionFirst,
  tableIndex,
  touch,
  writePage,
} from '../../memory/page-table.js'
import { views } from '../accessed.js'
import { domain, iovfn, size, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { type Injected, planRow } from '../row.js'

const arg = places('vcpu', 'domain', 'iovfn', 'size')

/** The directory entry of the region that a step names by its domain and page. */
export const pdeAt = (m: Machine, s: State, a: CodeOf<['vcpu', 'domain', 'iovfn']>): number =>
  s.pde[pdeIndex(m, a[arg.domain], a[arg.iovfn])]

/** Memory for a table. */
export const noMemory: Injected = { what: Failure.Allocation, rule: vtdTableAllocated, errno: Errno.ENOMEM }

const isLarge = (a: CodeOf<['vcpu', 'domain', 'iovfn', 'size']>) => a[arg.size] === 1

/** Frame that the page's mapping leads to: the pinned one, or for drivers without pins the shared backing's. */
function frameFor(m: Machine, s: State, iovfn: Iovfn): number {
  return (m.program.pins ? s.pinnedFrame[iovfn] : s.sharedFrame[iovfn]) - 1
}

/** What the call asks for; in a second domain, what the page that is copied has in the domain in use. */
function permissionsFor(m: Machine, s: State, vcpu: VcpuId, domain: DomainId, iovfn: Iovfn): number {
  const copied = domain === s.domain[0] ? 0 : leafAt(m, s, s.domain[0], iovfn)
  if (copied !== 0) return leafPermissions(copied)
  const asked = s.reg[regOf(vcpu, Reg.permissions)]
  const permissions = asked === 0 ? Perm.Both : asked
  return permissions === Perm.Write && m.platform.writeImpliesRead ? Perm.Both : permissions
}

function leafInTheWay(m: Machine, s: State, a: CodeOf<['vcpu', 'domain', 'iovfn']>): boolean {
  return leafAt(m, s, a[arg.domain], a[arg.iovfn]) !== 0
}

function noTable(m: Machine, s: State, a: CodeOf<['vcpu', 'domain', 'iovfn']>): boolean {
  const at = pdeIndex(m, a[arg.domain], a[arg.iovfn])
  return s.pde[at] === 0 && freeTable(s, at) === 0
}

/** A superpage entry stands for frames in a row, in a region that has no entry yet. */
function fitsEntry(m: Machine, s: State, a: CodeOf<['vcpu', 'domain', 'iovfn', 'size']>): boolean {
  const iovfn = a[arg.iovfn]
  const frame = s.pinnedFrame[iovfn]
  if (frame === 0 && m.program.pins) return false
  if (!isLarge(a)) return !isSuperpage(pdeAt(m, s, a)) || m.platform.mapOverLeaf === 'replace-large'
  if (iovfn !== regionFirst(m, iovfn) || pdeAt(m, s, a) !== 0) return false
  for (let page = 0; page < m.perSuper; page += 1) if (s.pinnedFrame[iovfn + page] !== frame + page) return false
  return true
}

/**
 * Whether a table is missing on the way to a leaf: that of its region, or the directory, which only a domain without
 * entries may lack.
 */
function takesTable(m: Machine, s: State, a: CodeOf<['vcpu', 'domain', 'iovfn', 'size']>): boolean {
  if (!isLarge(a)) return pdeAt(m, s, a) === 0
  const first = a[arg.domain] * m.regions
  for (let at = first; at < first + m.regions; at += 1) if (s.pde[at] !== 0) return false
  return true
}

/** Whether a small entry is meant for a table, and a superpage is there: its own memory is taken for the table. */
const isInsideSuperpage = (m: Machine, s: State, a: CodeOf<['vcpu', 'domain', 'iovfn', 'size']>): boolean =>
  !isLarge(a) && isSuperpage(pdeAt(m, s, a))

/** The driver writes into the first page of a superpage. */
function writeData(m: Machine, s: State, a: CodeOf<['vcpu', 'domain', 'iovfn']>): void {
  if (s.tag.length > 0) s.tag[leafFrame(pdeAt(m, s, a))] = Tag.Table
}

/** Clears what looks like an entry there, as any data may but zeroes. */
function clearData(m: Machine, s: State, a: CodeOf<['vcpu', 'domain', 'iovfn']>): void {
  if (s.tag.length > 0 && s.tag[leafFrame(pdeAt(m, s, a))] !== Tag.Zero) writeData(m, s, a)
}

/** Leaf and directory entries of the IOMMU's tables, each one store. */
export const tableRows = {
  'iommu.write-entry': planRow({
    says: 'The IOMMU driver stores a leaf of 4 KiB or of a superpage.',
    params: [vcpu, domain, iovfn, size],
    lock: 'container',
    requires: fitsEntry,
    placeMatters: false,
    rules: [
      vtdLeafSizes,
      vtdTableAllocated612,
      vtdTableStartsFlushed,
      typeMapLargest,
      iommufdReplaceFills,
      vtdWriteOnlyExact72,
      vtdWriteOnlyReadable612,
      amdViRights,
      amdViSizesLimited,
      amdViMapReplaces612,
      smmuWriteReadable,
      vtdMapOverLeafKept,
      vtdMapReplaces612,
      vtdMapInsideSuperpage612,
      smmuMapLooksFirst,
      mirrorState,
    ],
    reads: views('domain own.armed own.reg pde pinnedFrame pte sharedFrame table visiblePte'),
    writes: views('pde pte table visiblePte own.armed tag'),
    needs: undefined,
    fails: [
      {
        rule: vtdMapOverLeafRefused,
        errno: Errno.EADDRINUSE,
        when: (m, s, a) => leafInTheWay(m, s, a) && m.platform.mapOverLeaf === 'refuse',
      },
      {
        rule: smmuMapOver,
        errno: Errno.EEXIST,
        when: (m, s, a) => leafInTheWay(m, s, a) && m.platform.mapOverLeaf === 'replace-table',
      },
      { rule: typeMapDriver, errno: Errno.ENOMEM, when: (m, s, a) => !isLarge(a) && noTable(m, s, a) },
    ],
    mayFail: { ...noMemory, on: takesTable },
    apply: (m, s, a) => {
      if (isInsideSuperpage(m, s, a)) return writeData(m, s, a)
      if (leafInTheWay(m, s, a)) return
      const leaf = makeLeaf(
        frameFor(m, s, a[arg.iovfn]),
        permissionsFor(m, s, a[arg.vcpu], a[arg.domain], a[arg.iovfn]),
      )
      if (isLarge(a)) s.pde[pdeIndex(m, a[arg.domain], a[arg.iovfn])] = leaf
      else writePage(m, s, a[arg.domain], a[arg.iovfn], leaf)
      touch(m, a[arg.iovfn], isLarge(a))
    },
  }),
  'iommu.clear-entry': planRow({
    says: 'The IOMMU driver clears a leaf of 4 KiB or of a superpage.',
    params: [vcpu, domain, iovfn, size],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [
      typeClearThenSync,
      iommufdUnmapOrder,
      iommufdDetachEmpties,
      vtdUnmapInsideSuperpage,
      vtdUnmapInsideSuperpage612,
      vtdUnmapEnlarges,
      vtdUnmapRefused,
      vtdUnmapStopsAtHole,
      vtdUnmapSkipsHole,
      vtdUnmapEnlargedAtHole612,
      smmuUnmapStops,
      smmuPartRefused72,
      amdViUnmapTakesLeaf612,
      amdViCountRunsAhead612,
      amdViUnmapAtHole612,
      amdViTablesStay612,
      vtdMapUndone72,
      vtdMapUndone612,
    ],
    reads: views('pde tag'),
    writes: views('pde pte tag'),
    needs: undefined,
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[arg.domain], a[arg.iovfn])
      const pde = s.pde[at]
      if (isInsideSuperpage(m, s, a) && m.platform.partialUnmap === 'run-on') return clearData(m, s, a)
      if (isSuperpage(pde)) s.pde[at] = 0
      else if (isTable(pde)) s.pte[pteIndex(m, tableIndex(at, pde), a[arg.iovfn])] = 0
      touch(m, a[arg.iovfn], isSuperpage(pde))
    },
  }),
  'iommu.unlink-table': planRow({
    says: 'The IOMMU driver takes a table out of the tables, with what is in it; it waits to be freed.',
    params: [vcpu, domain, iovfn],
    lock: 'container',
    requires: (m, s, a) => isTable(pdeAt(m, s, a)),
    placeMatters: false,
    rules: [vtdSuperpageOverEmpty72, vtdSuperpageOverEmpty612, smmuUnmapBySize, amdViMapReplaces612],
    reads: views('pde'),
    writes: views('pde table'),
    needs: undefined,
    apply: (m, s, a) => {
      const at = pdeIndex(m, a[arg.domain], a[arg.iovfn])
      s.table[tableIndex(at, s.pde[at])] = Table.Unlinked
      s.pde[at] = 0
      touch(m, a[arg.iovfn], true)
    },
  }),
  'iommu.free-tables': planRow({
    says: 'The IOMMU driver frees the unlinked table of a region.',
    params: [vcpu, domain, iovfn],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [vtdTableFreedAfterFlush, vtdTableFreedEarly612],
    reads: views('table'),
    writes: views('pte table'),
    needs: undefined,
    apply: (m, s, a) => {
      freeUnlinked(m, s, pdeIndex(m, a[arg.domain], a[arg.iovfn]))
      touch(m, a[arg.iovfn], true)
    },
  }),
}
