import {
  iqProcessBehindHead,
  iqRequestDrains,
  iqRequestEntryBlocked,
  iqRequestEntryPending,
  iqRequestNeeded,
  iqRequestOnce,
  vtdDrainAsked,
  vtdNoDrain,
  vtdQueueInOrder,
} from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Dmar, type State, TdInvalidation } from '../../machine/state.js'
import type { UnitId } from '../../machine/units.js'
import { unitOf } from '../../memory/dma-outcome.js'
import { views } from '../accessed.js'
import { trustedByModule } from '../needs.js'
import { device, unit, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow, planRow } from '../row.js'
import { connectBusy } from '../tdx/seamcall.js'
import { dropAll, isDrained } from '../trusted/trusted-cache.js'
import { isCounted, isTrusted, unitHas } from '../trusted/trusted-paths.js'

const arg = places('vcpu', 'unit')
const unitArg = places('unit')
const deviceArg = places('vcpu', 'device')

const { None, Queued, Dropped, Passed, Done } = TdInvalidation

/** Moves every invalidation of a unit that is in one state to the next. */
function advance(m: Machine, s: State, unit: UnitId, from: number, to: number): void {
  if (s.iotlbInvalidation[unit] === from) s.iotlbInvalidation[unit] = to
  for (let device = 0; device < m.trusted; device += 1) {
    if (unitOf(m, device) === unit && s.dmarInvalidation[device] === from) s.dmarInvalidation[device] = to
  }
}

function someIs(m: Machine, s: State, unit: UnitId, at: number): boolean {
  return s.iotlbInvalidation[unit] === at || unitHas(m, s, unit, (_, device) => s.dmarInvalidation[device] === at)
}

/** Invalidations of what IOMMUs have cached of a TD: the host asks, the module queues them, and counts. */
export const tdInvalidationRows = {
  'tdh.iq.inv.request': planRow({
    says: 'The TDX module queues an invalidation of all that a unit has cached of the TD.',
    params: [vcpu, unit],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [iqRequestDrains],
    reads: views('dmar iotlbInvalidation iotlbOwed own.armed'),
    writes: views('iotlbInvalidation own.armed'),
    needs: trustedByModule,
    fails: [
      {
        rule: iqRequestNeeded,
        errno: Errno.TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED,
        when: (m, s, a) => s.iotlbOwed[a[arg.unit]] === 0 || !unitHas(m, s, a[arg.unit], isCounted),
      },
      {
        rule: iqRequestOnce,
        errno: Errno.TDX_IOMMU_IOTLB_TRACKING_NOT_DONE,
        when: (_, s, a) => s.iotlbInvalidation[a[arg.unit]] !== None,
      },
    ],
    mayFail: connectBusy,
    apply: (_, s, a) => {
      s.iotlbInvalidation[a[arg.unit]] = Queued
    },
  }),
  'tdh.iq.inv.request-entry': planRow({
    says: 'The TDX module queues an invalidation of a blocked entry for a device, and of what came from it.',
    params: [vcpu, device],
    lock: undefined,
    requires: (m, _, a) => isTrusted(m, a[deviceArg.device]),
    placeMatters: false,
    rules: [iqRequestDrains],
    reads: views('dmar dmarInvalidation own.armed'),
    writes: views('dmarInvalidation own.armed'),
    needs: trustedByModule,
    fails: [
      {
        rule: iqRequestEntryBlocked,
        errno: Errno.TDX_DMAR_INVALID_MAPPING_STATE,
        when: (_, s, a) =>
          s.dmar[a[deviceArg.device]] !== Dmar.Blocked && s.dmar[a[deviceArg.device]] !== Dmar.PendingBlocked,
      },
      {
        rule: iqRequestEntryPending,
        errno: Errno.TDX_DMAR_INVALID_INV_STATE,
        when: (_, s, a) => s.dmarInvalidation[a[deviceArg.device]] !== None,
      },
    ],
    mayFail: connectBusy,
    apply: (_, s, a) => {
      s.dmarInvalidation[a[deviceArg.device]] = Queued
    },
  }),
  'iommu.invalidate-td': environmentRow({
    says: 'A unit carries out what is queued for the TD: it drops all that it has cached of it.',
    actor: 'iommu',
    params: [unit],
    fairness: { owedBy: 'unit', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 160,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [iqRequestDrains],
    reads: views('trustedTlb dma dmarInvalidation iotlbInvalidation'),
    writes: views('trustedTlb iotlbInvalidation trustedDrain'),
    needs: trustedByModule,
    candidates: (_, s) => s.iotlbInvalidation.length,
    choose: chooseFirst,
    possible: (m, s, a) => m.trusted > 0 && someIs(m, s, a[unitArg.unit], Queued),
    apply: (m, s, a) => {
      dropAll(m, s, a[unitArg.unit])
      advance(m, s, a[unitArg.unit], Queued, Dropped)
    },
  }),
  'iommu.retire-td': environmentRow({
    says: 'A unit is done with an invalidation for the TD: it has drained, writes the status, and moves its head.',
    actor: 'iommu',
    params: [unit],
    fairness: { owedBy: 'unit', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 160,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdDrainAsked, vtdNoDrain, vtdQueueInOrder],
    reads: views('dmarInvalidation iotlbInvalidation trustedDrain'),
    writes: views('iotlbInvalidation'),
    needs: trustedByModule,
    candidates: (_, s) => s.iotlbInvalidation.length,
    choose: chooseFirst,
    possible: (m, s, a) => m.trusted > 0 && someIs(m, s, a[unitArg.unit], Dropped) && isDrained(m, s, a[unitArg.unit]),
    apply: (m, s, a) => advance(m, s, a[unitArg.unit], Dropped, Passed),
  }),
  'kvm.await-iq': planRow({
    says: 'The host waits for the status word that a unit writes behind an invalidation for the TD.',
    params: [vcpu, unit],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [iqProcessBehindHead],
    reads: views('dmarInvalidation iotlbInvalidation'),
    writes: views(),
    needs: trustedByModule,
    ready: (m, s, a) => !someIs(m, s, a[arg.unit], Queued) && !someIs(m, s, a[arg.unit], Dropped),
    apply: () => undefined,
  }),
  'tdh.iq.inv.process': planRow({
    says: 'The TDX module takes account of the invalidations that a unit has done.',
    params: [vcpu, unit],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [iqProcessBehindHead],
    reads: views('dmarInvalidation iotlbInvalidation own.armed'),
    writes: views('iotlbInvalidation iotlbOwed own.armed'),
    needs: trustedByModule,
    mayFail: connectBusy,
    apply: (m, s, a) => {
      if (s.iotlbInvalidation[a[arg.unit]] === Passed) {
        s.iotlbInvalidation[a[arg.unit]] = None
        s.iotlbOwed[a[arg.unit]] = 0
      }
      for (let device = 0; device < m.trusted; device += 1) {
        if (unitOf(m, device) === a[arg.unit] && s.dmarInvalidation[device] === Passed)
          s.dmarInvalidation[device] = Done
      }
    },
  }),
}
