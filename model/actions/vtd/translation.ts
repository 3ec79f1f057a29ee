import {
  privateGpaMayAbort,
  privateKeyIdAborts,
  privateKeyNotInHostEntry,
  rmpChecksWholeLeaf,
  smmuAbortSilent,
  vtdCachingMode,
  vtdDeviceTlbFill,
  vtdDeviceTlbNotPresent,
  vtdDeviceTlbUntranslated,
  vtdDeviceTlbWithoutIotlb,
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
import type { DeviceId } from '../../machine/units.js'
import {
  attachedAndPublic,
  block,
  isAnswered,
  isPrivateInput,
  keepsInDevice,
  missesMappings,
  needsContext,
  tablesOf,
  unitOf,
  useLeaf,
  useOwnLeaf,
} from '../../memory/dma-outcome.js'
import { isSuperpage, isTable, pdeIndex, tableIndex, walkedLeafAt, walkedPde } from '../../memory/page-table.js'
import { fill, keepInDevice, keepInIotlb } from '../../memory/tlb.js'
import { views } from '../accessed.js'
import { device, keptByWalk } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { environmentRow } from '../row.js'
import { chooseDevice, waits } from './waiting-dma.js'

const arg = places('device', 'keep')

/** Lets the IOTLB, and the paging-structure cache, keep what a walk has found behind a directory entry. */
function remember(m: Machine, s: State, device: DeviceId, at: number, leaf: number): void {
  const pde = walkedPde(m, s, at)
  const large = isSuperpage(pde)
  keepInIotlb(m, s, device, large ? pde : leaf, large)
  if (s.walkCache.length > 0 && isTable(pde)) {
    const slots = m.scope.walkCacheEntries
    const table = tableIndex(at, pde) + 1
    fill(s.walkCache, s.walkCache, unitOf(m, device) * slots, slots, table, table)
  }
  m.touched.page(s.dmaGfn[device])
}

/** Whether a walk comes to the tables and the TLBs that `keep` names may keep its result. */
function mayKeep(m: Machine, s: State, a: CodeOf<['device', 'keep']>): boolean {
  const device = a[arg.device]
  if (!attachedAndPublic(s, device) || isPrivateInput(m, s, device)) return false
  if ((a[arg.keep] & 2) === 0) return true
  return keepsInDevice(s, device) && isAnswered(m, s, device, walkedLeafAt(m, s, tablesOf(s, device), s.dmaGfn[device]))
}

/** A DMA translated by a walk of the tables. */
export const translationRows = {
  'iommu.walk': environmentRow({
    says: "The unit translates a device's DMA by a walk of the tables; the IOTLB and the device may keep it.",
    actor: 'iommu',
    params: [device, keptByWalk],
    fairness: { owedBy: 'device', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 200,
    plan: 'none',
    outcome: 'errno',
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
      vtdDeviceTlbFill,
      vtdDeviceTlbWithoutIotlb,
      vtdDeviceTlbNotPresent,
      vtdDeviceTlbUntranslated,
      privateKeyIdAborts,
      privateGpaMayAbort,
      privateKeyNotInHostEntry,
      rmpChecksWholeLeaf,
      vtdFaultRecorded,
      vtdFaultRing,
      vtdFaultOverflow,
      vtdFaultLostWhileOverflow,
      vtdFaultDisable,
      smmuAbortSilent,
    ],
    reads: views(
      'transfer iotlb deviceTlb lines ats attached cachedTables contextPresent idmap',
      'pde pte walkCache readAtBlock',
    ),
    writes: views('transfer iotlb deviceTlb faultLog walkCache writtenAtBlock'),
    needs: undefined,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices * (m.platform.ats ? 4 : 2) : 0),
    choose: chooseDevice,
    possible: (m, s, a) => waits(s, a) && !needsContext(s, a[arg.device]) && (a[arg.keep] === 0 || mayKeep(m, s, a)),
    apply: (m, s, a) => {
      const device = a[arg.device]
      if (isPrivateInput(m, s, device)) return block(m, s, device, FaultReason.PrivateGpa)
      if (s.attached[device] === 0) return block(m, s, device, FaultReason.NoContext)
      if (missesMappings(s, device)) return block(m, s, device, FaultReason.NotPresent)
      const tables = tablesOf(s, device)
      const at = pdeIndex(m, tables, s.dmaGfn[device])
      const leaf = walkedLeafAt(m, s, tables, s.dmaGfn[device])
      const pde = walkedPde(m, s, at)
      const large = isSuperpage(pde)
      if ((a[arg.keep] & 1) !== 0) remember(m, s, device, at, leaf)
      if ((a[arg.keep] & 2) === 0) return useLeaf(m, s, device, leaf, large)
      keepInDevice(m, s, device, large && !m.nested ? pde : leaf, large && !m.nested)
      useOwnLeaf(m, s, device, leaf, large)
    },
  }),
}
