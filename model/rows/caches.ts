import { vtdCoarser, vtdIotlbEvict } from '../../spec/index.js'
import type { Code } from '../action.js'
import { someSet } from '../active.js'
import { environmentRow } from '../row.js'
import { drop } from '../tlb.js'

function chooseSlot(_: unknown, index: number, a: Code): void {
  a[1] = index
}

/** Hardware may forget any translation at any time. */
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
    candidates: (_, s) => (someSet(s.devtlbKey) ? s.devtlbKey.length : 0),
    choose: chooseSlot,
    possible: (_, s, a) => s.devtlbKey[a[1]] !== 0,
    apply: (m, s, a) => {
      const slots = m.scope.iotlbEntries
      drop(s.devtlbKey, s.devtlbLeaf, Math.floor(a[1] / slots) * slots, slots, a[1])
    },
  }),
  'vtd.evict-walk-cache': environmentRow({
    parameters: ['slot'],
    cites: [vtdIotlbEvict],
    candidates: (_, s) => (someSet(s.walkCache) ? s.walkCache.length : 0),
    choose: chooseSlot,
    possible: (_, s, a) => s.walkCache[a[1]] !== 0,
    apply: (m, s, a) => {
      const slots = m.scope.walkCacheEntries
      drop(s.walkCache, s.walkCache, Math.floor(a[1] / slots) * slots, slots, a[1])
    },
  }),
}
