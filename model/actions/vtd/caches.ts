import { vtdCoarser, vtdIotlbEvict, vtdLineWrittenBack } from '../../../spec/index.js'
import type { Code } from '../../machine/action.js'
import { someSet } from '../../machine/any-active.js'
import type { State } from '../../machine/state.js'
import { environmentRow } from '../row.js'
import { drop } from './tlb.js'

function chooseSlot(_: unknown, index: number, a: Code): void {
  a[1] = index
}

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

/** Hardware may forget any translation at any time, and the CPU may write any line back at any time. */
export const cacheRows = {
  'vtd.evict-iotlb': environmentRow({
    parameters: ['slot'],
    cites: [vtdIotlbEvict, vtdCoarser],
    candidates: (_, s) => (someSet(s.iotlbKey) ? s.iotlbKey.length : 0),
    choose: chooseSlot,
    possible: (_, s, a) => s.iotlbKey[a[1]] !== 0,
    apply: (m, s, a) => {
      const slots = m.scope.iotlbEntries
      drop(s.iotlbKey, s.iotlbLeaf, Math.floor(a[1] / slots) * slots, slots, a[1])
    },
  }),
  'dma.evict-device-tlb': environmentRow({
    parameters: ['slot'],
    cites: [vtdIotlbEvict],
    on: ({ parts, platform }) => parts.deviceTlb && platform.ats,
    candidates: (_, s) => (someSet(s.devtlbKey) ? s.devtlbKey.length : 0),
    choose: chooseSlot,
    possible: (_, s, a) => s.devtlbKey[a[1]] !== 0,
    apply: (m, s, a) => {
      const slots = m.scope.iotlbEntries
      drop(s.devtlbKey, s.devtlbLeaf, Math.floor(a[1] / slots) * slots, slots, a[1])
    },
  }),
  /** One dirty line of the tables, here one entry, leaves the CPU cache on its own. */
  'vtd.write-back-line': environmentRow({
    parameters: ['slot'],
    cites: [vtdLineWrittenBack],
    on: ({ parts, platform }) => parts.coherency && !platform.coherentPageWalk,
    candidates: (_, s) => (someDirty(s) ? lines(s) : 0),
    choose: chooseSlot,
    possible: (_, s, a) => a[1] < lines(s) && isDirty(s, a[1]),
    apply: (m, s, a) => {
      const pte = a[1] - s.visiblePde.length
      if (pte < 0) s.visiblePde[a[1]] = s.pde[a[1]]
      else s.visiblePte[pte] = s.pte[pte]
      const at = pte < 0 ? a[1] : Math.floor(pte / m.perSuper) >>> 1
      const first = (at % m.regions) * m.perSuper
      m.touched.range(first, first + m.perSuper)
    },
  }),
  'vtd.evict-walk-cache': environmentRow({
    parameters: ['slot'],
    cites: [vtdIotlbEvict],
    on: ({ parts }) => parts.walkCache,
    candidates: (_, s) => (someSet(s.walkCache) ? s.walkCache.length : 0),
    choose: chooseSlot,
    possible: (_, s, a) => s.walkCache[a[1]] !== 0,
    apply: (m, s, a) => {
      const slots = m.scope.walkCacheEntries
      drop(s.walkCache, s.walkCache, Math.floor(a[1] / slots) * slots, slots, a[1])
    },
  }),
}
