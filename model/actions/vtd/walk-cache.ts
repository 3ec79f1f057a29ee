import { vtdDeviceTlbFill, vtdIotlbEvict, vtdIotlbFill, vtdPagingStructureCache } from '../../../spec/index.js'
import { someDma, someSet } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, type State } from '../../machine/state.js'
import type { DeviceId } from '../../machine/units.js'
import {
  attachedAndPublic,
  isAnswered,
  isPrivateInput,
  tablesOf,
  unitOf,
  useLeaf,
  useOwnLeaf,
} from '../../memory/dma-outcome.js'
import { cachedTableLeaf, pdeIndex } from '../../memory/page-table.js'
import { dropSlot, keepInDevice, keepInIotlb } from '../../memory/tlb.js'
import { views } from '../accessed.js'
import { walkCache } from '../needs.js'
import { device, keptByWalk, slot } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'
import { chooseDevice, waits } from './waiting-dma.js'

const arg = places('device', 'keep')
const slotArg = places('slot')

function walkCacheSlot(m: Machine, s: State, device: DeviceId): number {
  if (s.walkCache.length === 0) return -1
  const at = pdeIndex(m, tablesOf(s, device), s.dmaGfn[device])
  const from = unitOf(m, device) * m.scope.walkCacheEntries
  for (let slot = from; slot < from + m.scope.walkCacheEntries; slot += 1) {
    if (s.walkCache[slot] !== 0 && (s.walkCache[slot] - 1) >>> 1 === at) return slot
  }
  return -1
}

const leafFromCache = (m: Machine, s: State, device: DeviceId): number =>
  cachedTableLeaf(m, s, s.walkCache[walkCacheSlot(m, s, device)] - 1, s.dmaGfn[device])

/** Translation from the paging-structure cache, which keeps which table a region has. */
export const walkCacheRows = {
  'iommu.walk-from-cache': environmentRow({
    says: "The unit translates a device's DMA by a walk that starts at a table of its paging-structure cache.",
    actor: 'iommu',
    params: [device, keptByWalk],
    fairness: { owedBy: 'device', insteadOf: 'iommu.walk', inLitmus: 'by itself' },
    weight: 120,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdPagingStructureCache, vtdIotlbFill, vtdDeviceTlbFill],
    reads: views(
      'transfer attached pte walkCache iotlbKey iotlbLeaf readAtBlock idmap visiblePte devtlbKey devtlbLeaf',
    ),
    writes: views('transfer iotlbKey iotlbLeaf writtenAtBlock devtlbKey devtlbLeaf'),
    needs: walkCache,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * (m.platform.ats ? 4 : 2) : 0),
    choose: chooseDevice,
    possible: (m, s, a) =>
      waits(s, a) &&
      attachedAndPublic(s, a[arg.device]) &&
      !isPrivateInput(m, s, a[arg.device]) &&
      walkCacheSlot(m, s, a[arg.device]) >= 0 &&
      ((a[arg.keep] & 2) === 0 ||
        (s.devtlbKey.length > 0 && isAnswered(m, s, a[arg.device], leafFromCache(m, s, a[arg.device])))),
    apply: (m, s, a) => {
      const device = a[arg.device]
      const leaf = leafFromCache(m, s, device)
      if ((a[arg.keep] & 1) !== 0) keepInIotlb(m, s, device, leaf, false)
      if ((a[arg.keep] & 2) === 0) return useLeaf(m, s, device, leaf, false)
      keepInDevice(m, s, device, leaf, false)
      useOwnLeaf(m, s, device, leaf, false)
    },
  }),
  'iommu.evict-walk-cache': environmentRow({
    says: 'Hardware forgets one entry of the paging-structure cache.',
    actor: 'iommu',
    params: [slot],
    fairness: 'free',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdIotlbEvict],
    reads: views('walkCache'),
    writes: views('walkCache'),
    needs: walkCache,
    candidates: (_, s) => (someSet(s.walkCache) ? s.walkCache.length : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.walkCache[a[slotArg.slot]] !== 0,
    apply: (m, s, a) => dropSlot(s.walkCache, s.walkCache, m.scope.walkCacheEntries, a[slotArg.slot]),
  }),
}
