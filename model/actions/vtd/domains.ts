import {
  amdViBlocksBetween,
  vtdAttachBlocks,
  vtdAttachHitless,
  vtdContextCached,
  vtdContextPresentFirst,
  vtdContextTorn,
  vtdDetachBlocks,
  vtdReplaceMoves,
} from '../../../spec/index.js'
import { someDma, someSet } from '../../machine/any-active.js'
import { Dma, type State } from '../../machine/state.js'
import type { DeviceId, DomainId } from '../../machine/units.js'
import { needsContext } from '../../memory/dma-outcome.js'
import { views } from '../accessed.js'
import { contextCache } from '../needs.js'
import { device, domain, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow, planRow } from '../row.js'
import { dropContext } from './queue/queue-state.js'
import { waits } from './waiting-dma.js'

const arg = places('device')
const vcpuArg = places('vcpu', 'device', 'domain')

/** Writes a device's context entry as a whole; where units cache those, in memory alone. */
function attach(s: State, device: DeviceId, domain: DomainId): void {
  if (s.contextPresent.length === 0) {
    s.attached[device] = domain + 1
    return
  }
  s.contextPresent[device] = 1
  s.contextId[device] = domain + 1
  s.contextTables[device] = domain + 1
}

/** Attaches a device before the machine starts; where units cache context entries, its unit has cached this one. */
export function attachAtStart(s: State, device: DeviceId): void {
  attach(s, device, 0)
  s.attached[device] = 1
  if (s.cachedTables.length > 0) s.cachedTables[device] = 1
}

/** A store of one of the two words of a context entry: the domain's id, or the address of its tables. */
const contextWordRow = (word: 'contextId' | 'contextTables', says: string) =>
  planRow({
    says,
    params: [vcpu, device, domain],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdContextTorn],
    reads: [],
    writes: [word],
    needs: contextCache,
    apply: (m, s, a) => {
      s[word][a[vcpuArg.device]] = a[vcpuArg.domain] + 1
      m.touched.all()
    },
  })

/** Which domain a device is attached to. */
export const domainRows = {
  'iommu.block-translation': planRow({
    says: "The IOMMU driver clears Present in a device's context entry: its DMA faults.",
    params: [vcpu, device],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdAttachBlocks, amdViBlocksBetween, vtdDetachBlocks, vtdContextPresentFirst],
    reads: views(),
    writes: views('attached contextPresent'),
    needs: undefined,
    apply: (_, s, a) => {
      if (s.contextPresent.length > 0) s.contextPresent[a[vcpuArg.device]] = 0
      else s.attached[a[vcpuArg.device]] = 0
    },
  }),
  'iommu.attach': planRow({
    says: "The IOMMU driver writes a device's context entry: its DMA is translated by a domain's tables.",
    params: [vcpu, device, domain],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdAttachHitless, vtdReplaceMoves],
    reads: views(),
    writes: views('context attached'),
    needs: undefined,
    apply: (m, s, a) => {
      attach(s, a[vcpuArg.device], a[vcpuArg.domain])
      m.touched.all()
    },
  }),
  'iommu.write-context-id': contextWordRow(
    'contextId',
    "Stores the word of a device's context entry that has the id of its domain.",
  ),
  'iommu.write-context-tables': contextWordRow(
    'contextTables',
    "Stores the word of a device's context entry that has the address of its tables.",
  ),
  'iommu.fetch-context': environmentRow({
    says: "A unit caches a device's context entry, for a DMA that waits.",
    actor: 'iommu',
    params: [device],
    fairness: { owedBy: 'device', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 160,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdContextCached, vtdContextTorn],
    reads: views('context attached dma'),
    writes: views('attached cachedTables'),
    needs: contextCache,
    candidates: (m, s) => (someDma(m, s, Dma.Issued) ? m.scope.devices : 0),
    choose: chooseFirst,
    possible: (_, s, a) => waits(s, a) && needsContext(s, a[arg.device]),
    apply: (m, s, a) => {
      s.attached[a[arg.device]] = s.contextId[a[arg.device]]
      s.cachedTables[a[arg.device]] = s.contextTables[a[arg.device]]
      m.touched.all()
    },
  }),
  'iommu.evict-context': environmentRow({
    says: "A unit forgets what it has cached of a device's context entry.",
    actor: 'iommu',
    params: [device],
    fairness: 'free',
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [vtdContextCached],
    reads: views('attached cachedTables'),
    writes: views('attached cachedTables'),
    needs: contextCache,
    candidates: (m, s) => (someSet(s.cachedTables) ? m.scope.devices : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.attached[a[arg.device]] !== 0,
    apply: (_, s, a) => dropContext(s, a[arg.device]),
  }),
}
