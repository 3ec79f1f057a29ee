import { vtdIotlbEvict, vtdPagingStructureCache } from '../../../spec/index.js'
import { someDma, someSet } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, type State } from '../../machine/state.js'
import { walkCache } from '../needs.js'
import { device, slot } from '../parameters.js'
import { chooseFirst, environmentRow } from '../row.js'
import { attachedAndPublic, domainOf, isPrivateInput, unitOf, useLeaf, waits } from './dma-outcome.js'
import { cachedTableLeaf, pdeIndex } from './page-table.js'
import { drop } from './tlb.js'

function walkCacheSlot(m: Machine, s: State, device: number): number {
  if (s.walkCache.length === 0) return -1
  const at = pdeIndex(m, domainOf(s, device), s.dmaGfn[device])
  const from = unitOf(m, device) * m.scope.walkCacheEntries
  for (let slot = from; slot < from + m.scope.walkCacheEntries; slot += 1) {
    if (s.walkCache[slot] !== 0 && (s.walkCache[slot] - 1) >>> 1 === at) return slot
  }
  return -1
}

/** Translation from the paging-structure cache, which keeps which table a region has. */
export const walkCacheRows = {
  'vtd.walk-from-cache': environmentRow({
    actor: 'iommu',
    params: { device },
    fairness: { owedBy: 'device', insteadOf: 'vtd.walk', inLitmus: 'by itself' },
    weight: 120,
    plan: 'none',
    page: undefined,
    rules: [vtdPagingStructureCache],
    needs: walkCache,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices : 0),
    choose: chooseFirst,
    possible: (m, s, a) =>
      waits(s, a) && attachedAndPublic(s, a[1]) && !isPrivateInput(m, s, a[1]) && walkCacheSlot(m, s, a[1]) >= 0,
    apply: (m, s, a) => {
      const table = s.walkCache[walkCacheSlot(m, s, a[1])] - 1
      useLeaf(m, s, a[1], cachedTableLeaf(m, s, table, s.dmaGfn[a[1]]), domainOf(s, a[1]))
    },
  }),
  'vtd.evict-walk-cache': environmentRow({
    actor: 'iommu',
    params: { slot },
    fairness: 'free',
    weight: 20,
    plan: 'none',
    page: undefined,
    rules: [vtdIotlbEvict],
    needs: walkCache,
    candidates: (_, s) => (someSet(s.walkCache) ? s.walkCache.length : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.walkCache[a[1]] !== 0,
    apply: (m, s, a) => {
      const slots = m.scope.walkCacheEntries
      drop(s.walkCache, s.walkCache, Math.floor(a[1] / slots) * slots, slots, a[1])
    },
  }),
}
