import { kvmFlushOnEntry, kvmFlushRequest, kvmFlushUnderLock } from '../../../spec/index.js'
import { someSet } from '../../machine/any-active.js'
import { cpuFlush } from '../needs.js'
import { vcpu } from '../parameters.js'
import { chooseFirst, environmentRow, planRow } from '../row.js'
import { leaveGuest } from '../tdx/tlb-tracking.js'

/** The flush of the vCPUs' TLBs in parts: a request to those in the guest, and the wait until each has left it. */
export const flushRows = {
  /** A vCPU outside of the guest has nothing cached: it flushes before it enters again. */
  'kvm.request-flush': planRow({
    params: { vcpu },
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [kvmFlushRequest, kvmFlushOnEntry],
    needs: cpuFlush,
    apply: (m, s) => {
      for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.epoch[vcpu] !== 0) s.flushOwed[vcpu] = 1
    },
  }),
  'kvm.wait-flush': planRow({
    params: { vcpu },
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [kvmFlushRequest, kvmFlushUnderLock],
    needs: cpuFlush,
    ready: (_, s) => !someSet(s.flushOwed),
    apply: () => undefined,
  }),
  /** A kicked vCPU leaves the guest; what it cached is dropped. */
  'kvm.acknowledge-flush': environmentRow({
    actor: 'vcpu',
    params: { vcpu },
    fairness: { owedBy: 'vcpu', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 120,
    plan: 'none',
    page: undefined,
    rules: [kvmFlushRequest, kvmFlushOnEntry],
    needs: cpuFlush,
    candidates: (m, s) => (someSet(s.flushOwed) ? m.scope.vcpus : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.flushOwed[a[1]] === 1,
    apply: (m, s, a) => leaveGuest(m, s, a[1]),
  }),
}
