import { vtdDomainSelective, vtdEveryUnit, vtdTableFreedAfterFlush } from '../../../../spec/index.js'
import { someSet } from '../../../machine/any-active.js'
import { freeUnlinked } from '../../../memory/page-table.js'
import { views } from '../../accessed.js'
import { domain, vcpu } from '../../parameters.js'
import { places } from '../../places.js'
import { chooseFirst, environmentRow, planRow } from '../../row.js'
import { invalidateDevice, invalidateDomain } from './queue-state.js'

const domainArg = places('domain')
const vcpuDomainArg = places('vcpu', 'domain')

/** The flush that lazy mode leaves to a timer. */
export const deferredFlushRows = {
  'iommu.defer-flush': planRow({
    says: 'Lazy mode: the flush of a domain is left to a timer.',
    params: [vcpu, domain],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [vtdEveryUnit],
    reads: views(),
    writes: views('deferred'),
    needs: undefined,
    apply: (_, s, a) => {
      s.deferred[a[vcpuDomainArg.domain]] = 1
    },
  }),
  'iommu.flush-deferred': environmentRow({
    says: 'The timer of lazy mode flushes a domain on every unit, and frees the tables that waited for that.',
    actor: 'iommu',
    params: [domain],
    fairness: { owedBy: 'domain', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 20,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    undoes: 'deferred',
    rules: [vtdDomainSelective, vtdEveryUnit, vtdTableFreedAfterFlush],
    reads: views('iotlb deviceTlb attached deferred dma table walkCache'),
    writes: views('iotlb deviceTlb deferred pte table walkCache'),
    needs: undefined,
    candidates: (m, s) => (someSet(s.deferred) ? m.domains : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.deferred[a[domainArg.domain]] === 1,
    apply: (m, s, a) => {
      const all = { first: 0, end: m.pages }
      for (let unit = 0; unit < m.scope.units; unit += 1) invalidateDomain(m, s, unit, a[domainArg.domain])
      for (let device = 0; device < m.scope.devices; device += 1) {
        if (s.attached[device] === a[domainArg.domain] + 1) invalidateDevice(m, s, device, all)
      }
      for (let region = 0; region < m.regions; region += 1) freeUnlinked(m, s, a[domainArg.domain] * m.regions + region)
      s.deferred[a[domainArg.domain]] = 0
    },
  }),
}
