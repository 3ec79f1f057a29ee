import {
  privateGpaMayAbort,
  privateKeyIdAborts,
  privateKeyNotInHostEntry,
  vtdCachingMode,
  vtdFaultDisable,
  vtdFaultLostWhileOverflow,
  vtdFaultOverflow,
  vtdFaultRecorded,
  vtdFaultRing,
  vtdIotlbFill,
  vtdNotPresent,
  vtdNotPresentReason,
  vtdReadNeedsR,
  vtdStaleSuperpageCoexists,
  vtdWalk,
  vtdWriteNeedsW,
} from '../../../spec/index.js'
import { someDma } from '../../machine/any-active.js'
import { FaultReason } from '../../machine/effects.js'
import type { Machine } from '../../machine/machine.js'
import { Dma, type State } from '../../machine/state.js'
import { device, yesNo } from '../parameters.js'
import { environmentRow } from '../row.js'
import {
  attachedAndPublic,
  block,
  chooseDevice,
  domainOf,
  isPrivateInput,
  missesMappings,
  unitOf,
  useLeaf,
  waits,
} from './dma-outcome.js'
import { isSuperpage, isTable, pdeIndex, tableIndex, walkedLeafAt, walkedPde } from './page-table.js'
import { fill, tlbKey } from './tlb.js'

/** Lets the IOTLB, and the paging-structure cache, keep what a walk has found. */
function remember(m: Machine, s: State, device: number, leaf: number): void {
  const unit = unitOf(m, device)
  const domain = domainOf(s, device)
  const iovfn = s.dmaGfn[device]
  const at = pdeIndex(m, domain, iovfn)
  const pde = walkedPde(m, s, at)
  const large = isSuperpage(pde)
  const slots = m.scope.iotlbEntries
  if (leaf !== 0 || m.platform.cachingMode) {
    fill(s.iotlbKey, s.iotlbLeaf, unit * slots, slots, tlbKey(m, domain, iovfn, large), large ? pde : leaf)
  }
  if (s.walkCache.length > 0 && isTable(pde)) {
    const table = tableIndex(at, pde) + 1
    fill(s.walkCache, s.walkCache, unit * m.scope.walkCacheEntries, m.scope.walkCacheEntries, table, table)
  }
  m.touched.page(iovfn)
}

/** A DMA translated by a walk of the tables. */
export const translationRows = {
  'vtd.walk': environmentRow({
    actor: 'iommu',
    params: { device, fill: yesNo },
    fairness: { owedBy: 'device', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 200,
    plan: 'none',
    page: undefined,
    rules: [
      vtdWalk,
      vtdNotPresent,
      vtdNotPresentReason,
      vtdWriteNeedsW,
      vtdReadNeedsR,
      vtdIotlbFill,
      vtdCachingMode,
      vtdStaleSuperpageCoexists,
      privateKeyIdAborts,
      privateGpaMayAbort,
      privateKeyNotInHostEntry,
      vtdFaultRecorded,
      vtdFaultRing,
      vtdFaultOverflow,
      vtdFaultLostWhileOverflow,
      vtdFaultDisable,
    ],
    needs: undefined,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * 2 : 0),
    choose: chooseDevice,
    possible: (m, s, a) => waits(s, a) && (a[2] === 0 || (attachedAndPublic(s, a[1]) && !isPrivateInput(m, s, a[1]))),
    apply: (m, s, a) => {
      const device = a[1]
      if (isPrivateInput(m, s, device)) return block(m, s, device, FaultReason.PrivateGpa)
      if (s.attached[device] === 0) return block(m, s, device, FaultReason.NoContext)
      if (missesMappings(s, device)) return block(m, s, device, FaultReason.NotPresent)
      const domain = domainOf(s, device)
      const leaf = walkedLeafAt(m, s, domain, s.dmaGfn[device])
      if (a[2] === 1) remember(m, s, device, leaf)
      useLeaf(m, s, device, leaf, domain)
    },
  }),
}
