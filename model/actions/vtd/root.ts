import { vtdRootEnhanced, vtdRootFlush, vtdUnitWrites } from '../../../spec/index.js'
import { views } from '../accessed.js'
import { unitMessages } from '../needs.js'
import { frame, unit, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { environmentRow, planRow } from '../row.js'
import { invalidateAll } from './queue/queue-state.js'

const arg = places('unit', 'frame')
const vcpuArg = places('vcpu', 'unit')

/** A unit's root table, and the address of its fault messages. */
export const rootRows = {
  'iommu.set-root': planRow({
    says: 'The root pointer is set anew, to the same tables: only what the unit has cached can be of another root.',
    params: [vcpu, unit],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdRootFlush, vtdRootEnhanced],
    reads: views('iotlb deviceTlb walkCache attached contextCache.attached cachedTables dma'),
    writes: views('iotlb deviceTlb walkCache contextCache.attached cachedTables'),
    needs: undefined,
    apply: (m, s, a) => {
      if (m.platform.rootFlushes) invalidateAll(m, s, a[vcpuArg.unit])
    },
  }),
  'iommu.program-messages': environmentRow({
    says: 'The host programs where the unit writes its fault messages: any frame that it likes.',
    actor: 'thread',
    params: [unit, frame],
    fairness: 'chosen',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdUnitWrites],
    reads: views('messageFrame'),
    writes: views('messageFrame'),
    needs: unitMessages,
    candidates: (_, s) => s.messageFrame.length * s.owner.length,
    choose: (m, index, a) => {
      a[arg.unit] = index % m.scope.units
      a[arg.frame] = Math.floor(index / m.scope.units)
    },
    possible: (m, s, a) =>
      m.platform.unitMessages === 'host-chosen' && s.messageFrame[a[arg.unit]] !== a[arg.frame] + 1,
    apply: (m, s, a) => {
      s.messageFrame[a[arg.unit]] = a[arg.frame] + 1
      m.touched.all()
    },
  }),
}
