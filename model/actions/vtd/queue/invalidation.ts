import {
  amdViCoversPowerOfTwo,
  amdViDevicesBehind,
  amdViDirectories,
  amdViFlushAtMap,
  iommufdUnmapOrder,
  qemuPsiContainment,
  riscvNonLeaf,
  smmuAnyAddressOfBlock,
  smmuDevicesAfterSync,
  smmuLeavesAtSync,
  smmuLevelHint,
  vtdCachingModeMap,
  vtdCoalesceFlushAll,
  vtdContextCacheFirst,
  vtdDeviceTlbAfterIotlb,
  vtdDeviceTlbDrains,
  vtdDeviceTlbEarly,
  vtdDeviceTlbOverlap,
  vtdDeviceTlbOwner,
  vtdDeviceTlbRequired,
  vtdDeviceTlbTwice,
  vtdDomainSelective,
  vtdDrainAsked,
  vtdDropThenDrain,
  vtdEveryUnit,
  vtdGlobal,
  vtdHintClear,
  vtdHintKeeps,
  vtdHintOnlyForLeaves,
  vtdIdFreedFlushed,
  vtdLeaveFlushes,
  vtdNoDrain,
  vtdPsi,
  vtdPsiLargerEntry,
  vtdPsiLowBits,
  vtdPsiRounding,
  vtdPsiSuperpageMask,
  vtdQueueInOrder,
  vtdRootFlush,
} from '../../../../spec/index.js'
import type { Machine } from '../../../machine/machine.js'
import type { State } from '../../../machine/state.js'
import { firstDeviceOf, type UnitId } from '../../../machine/units.js'
import { unitOf } from '../../../memory/dma-outcome.js'
import { views } from '../../accessed.js'
import { contextCache } from '../../needs.js'
import { count, device, domain, ih, iovfn, unit, vcpu } from '../../parameters.js'
import { places } from '../../places.js'
import { chooseFirst, environmentRow, planRow } from '../../row.js'
import { aborted } from './failed-waits.js'
import {
  awaits,
  Descriptor,
  dequeue,
  dropContext,
  enqueue,
  headOf,
  invalidateAll,
  invalidateDevice,
  invalidateDomain,
  invalidateUnit,
  isDrained,
  markDeviceDrain,
  markDrain,
  queueIsFull,
  rangeOf,
  setRange,
} from './queue-state.js'

const arg = places('vcpu', 'unit', 'domain', 'iovfn', 'count', 'ih')
const unitArg = places('unit')
const deviceArg = places('vcpu', 'device')
const iovfnArg = places('vcpu', 'unit', 'iovfn', 'count')

/** Drops what the head of a queue names, and marks the DMA that its drain waits for; a wait comes as done already. */
function process(m: Machine, s: State, unit: UnitId): void {
  const head = headOf(m, s, unit)
  const domain = s.queueDomain[head]
  const kind = s.queueKind[head]
  const range = rangeOf(m, s, head)
  s.queuePhase[head] = 1
  if (kind === Descriptor.Context) {
    dropContext(s, s.queueFirst[head])
    m.touched.all()
    return
  }
  if (kind === Descriptor.Global) invalidateAll(m, s, unit)
  else if (kind === Descriptor.Domain) invalidateDomain(m, s, unit, domain)
  else if (kind === Descriptor.Pages) invalidateUnit(m, s, unit, domain, range, s.queueHint[head] === 1)
  else {
    for (let device = firstDeviceOf(unit); device < m.scope.devices; device += m.scope.units) {
      invalidateDevice(m, s, device, range)
      markDeviceDrain(m, s, device, head, range)
    }
    m.touched.range(range.first, Math.min(range.end, m.pages))
  }
  if (kind !== Descriptor.DeviceTlb) markDrain(m, s, unit, head, range)
}

/** Invalidations: software queues them and waits; the unit drops entries, and drains, in two events. */
export const invalidationRows = {
  'iommu.submit-psi': planRow({
    says: 'The IOMMU driver queues a page-selective invalidation, with or without the invalidation hint.',
    params: [vcpu, unit, domain, iovfn, count, ih],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [
      vtdPsi,
      vtdPsiRounding,
      vtdPsiSuperpageMask,
      vtdHintOnlyForLeaves,
      vtdEveryUnit,
      vtdCachingModeMap,
      amdViFlushAtMap,
      amdViCoversPowerOfTwo,
      amdViDirectories,
      smmuLeavesAtSync,
      riscvNonLeaf,
    ],
    reads: views('queueKind'),
    writes: views('queue'),
    needs: undefined,
    ready: (m, s, a) => !queueIsFull(m, s, a[arg.unit]),
    apply: (m, s, a) => {
      const slot = enqueue(m, s, a[arg.unit], Descriptor.Pages, a[arg.vcpu])
      setRange(s, slot, a[arg.domain], a[arg.iovfn], a[arg.count])
      s.queueHint[slot] = a[arg.ih]
    },
  }),
  'iommu.submit-dsi': planRow({
    says: 'The IOMMU driver queues an invalidation of all that a unit caches of one domain.',
    params: [vcpu, unit, domain],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdDomainSelective, vtdLeaveFlushes, vtdCoalesceFlushAll, vtdIdFreedFlushed],
    reads: views('queueKind'),
    writes: views('queue'),
    needs: undefined,
    ready: (m, s, a) => !queueIsFull(m, s, a[arg.unit]),
    apply: (m, s, a) =>
      setRange(s, enqueue(m, s, a[arg.unit], Descriptor.Domain, a[arg.vcpu]), a[arg.domain], 0, m.pages),
  }),
  'iommu.submit-device-tlb': planRow({
    says: 'The IOMMU driver queues an invalidation of the TLBs of the devices behind a unit.',
    params: [vcpu, unit, iovfn, count],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [
      vtdDeviceTlbRequired,
      vtdDeviceTlbAfterIotlb,
      vtdDeviceTlbOwner,
      vtdDeviceTlbTwice,
      amdViDevicesBehind,
      smmuDevicesAfterSync,
    ],
    reads: views('queueKind'),
    writes: views('queue'),
    needs: undefined,
    ready: (m, s, a) => !queueIsFull(m, s, a[arg.unit]),
    apply: (m, s, a) =>
      setRange(
        s,
        enqueue(m, s, a[arg.unit], Descriptor.DeviceTlb, a[arg.vcpu]),
        0,
        a[iovfnArg.iovfn],
        a[iovfnArg.count],
      ),
  }),
  'iommu.submit-global': planRow({
    says: 'Drops all that a unit has cached, of any domain; the context cache first.',
    params: [vcpu, unit],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdGlobal, vtdRootFlush],
    reads: views('queueKind'),
    writes: views('queue'),
    needs: undefined,
    ready: (m, s, a) => !queueIsFull(m, s, a[arg.unit]),
    apply: (m, s, a) => setRange(s, enqueue(m, s, a[arg.unit], Descriptor.Global, a[arg.vcpu]), 0, 0, m.pages),
  }),
  'iommu.submit-context': planRow({
    says: "Drops what the device's unit has cached of its context entry.",
    params: [vcpu, device],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdContextCacheFirst],
    reads: views('queueKind'),
    writes: views('queue'),
    needs: contextCache,
    ready: (m, s, a) => !queueIsFull(m, s, unitOf(m, a[deviceArg.device])),
    apply: (m, s, a) =>
      setRange(
        s,
        enqueue(m, s, unitOf(m, a[deviceArg.device]), Descriptor.Context, a[arg.vcpu]),
        0,
        a[deviceArg.device],
        1,
      ),
  }),
  'iommu.wait': planRow({
    says: 'The IOMMU driver waits until the units have done what it has queued.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdQueueInOrder, iommufdUnmapOrder],
    reads: views('own.waitError queueKind queueOwner'),
    writes: views(),
    needs: undefined,
    ready: (_, s, a) => !awaits(s, a[arg.vcpu]),
    fails: [aborted],
    apply: () => undefined,
  }),
  'iommu.invalidate': environmentRow({
    says: 'A unit carries out the invalidation at the head of its queue: it drops the entries.',
    actor: 'iommu',
    params: [unit],
    fairness: { owedBy: 'unit', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 200,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [
      vtdPsiLowBits,
      vtdPsiLargerEntry,
      qemuPsiContainment,
      smmuAnyAddressOfBlock,
      smmuLevelHint,
      vtdHintClear,
      vtdHintKeeps,
      vtdDropThenDrain,
      vtdDeviceTlbOverlap,
      vtdDeviceTlbDrains,
      vtdDeviceTlbEarly,
    ],
    reads: views('transfer queue iotlb ats devtlbKey walkCache devtlbLeaf'),
    writes: views(
      'iotlb contextCache.attached cachedTables dmaDrain queuePhase walkCache devtlbKey devtlbLeaf dmaByDevice',
    ),
    needs: undefined,
    candidates: (m) => m.scope.units,
    choose: chooseFirst,
    possible: (m, s, a) =>
      s.queueKind[headOf(m, s, a[unitArg.unit])] !== Descriptor.None &&
      s.queuePhase[headOf(m, s, a[unitArg.unit])] === 0,
    apply: (m, s, a) => process(m, s, a[unitArg.unit]),
  }),
  'iommu.retire-descriptor': environmentRow({
    says: 'A unit is done with the head of its queue: it has drained, and writes the status word of a wait.',
    actor: 'iommu',
    params: [unit],
    fairness: { owedBy: 'unit', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 200,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdDrainAsked, vtdNoDrain, vtdQueueInOrder],
    reads: views('queue batchBegun dmaDrain'),
    writes: views('queue batchBegun statusWord'),
    needs: undefined,
    candidates: (m) => m.scope.units,
    choose: chooseFirst,
    possible: (m, s, a) => {
      const head = headOf(m, s, a[unitArg.unit])
      return s.queuePhase[head] === 1 && isDrained(m, s, s.queueOwner[head])
    },
    apply: (m, s, a) => {
      if (s.queueKind[headOf(m, s, a[unitArg.unit])] === Descriptor.Wait) s.statusWord[a[unitArg.unit]] = 1
      dequeue(m, s, a[unitArg.unit])
    },
  }),
}
