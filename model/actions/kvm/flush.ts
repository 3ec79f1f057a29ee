import { kvmFlushOnEntry, kvmFlushRequest, kvmFlushUnderLock } from '../../../spec/index.js'
import { someSet } from '../../machine/any-active.js'
import { leaveGuest } from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { cpuFlush } from '../needs.js'
import { vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow, planRow } from '../row.js'

const arg = places('vcpu')

/** The flush of the vCPUs' TLBs in parts: a request to those in the guest, and the wait until each has left it. */
export const flushRows = {
  'kvm.request-flush': planRow({
    says: 'KVM asks each vCPU that is in the guest to flush its TLB; one outside flushes before it enters again.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [kvmFlushRequest, kvmFlushOnEntry],
    reads: views('epoch'),
    writes: views('flushOwed'),
    needs: cpuFlush,
    apply: (m, s) => {
      for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) if (s.epoch[vcpu] !== 0) s.flushOwed[vcpu] = 1
    },
  }),
  'kvm.wait-flush': planRow({
    says: 'KVM waits until each vCPU that it asked has left the guest.',
    params: [vcpu],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [kvmFlushRequest, kvmFlushUnderLock],
    reads: views('flushOwed'),
    writes: views(),
    needs: cpuFlush,
    ready: (_, s) => !someSet(s.flushOwed),
    apply: () => undefined,
  }),
  'kvm.acknowledge-flush': environmentRow({
    says: 'A kicked vCPU leaves the guest; what it cached is dropped.',
    actor: 'vcpu',
    params: [vcpu],
    fairness: { owedBy: 'vcpu', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 120,
    plan: 'none',
    outcome: 'errno',
    page: undefined,
    rules: [kvmFlushRequest, kvmFlushOnEntry],
    reads: views('flushOwed own.vcpuTlb'),
    writes: views('own.epoch own.flushOwed own.vcpuTlb own.vcpuTlbFrame'),
    needs: cpuFlush,
    candidates: (m, s) => (someSet(s.flushOwed) ? m.scope.vcpus : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.flushOwed[a[arg.vcpu]] === 1,
    apply: (m, s, a) => leaveGuest(m, s, a[arg.vcpu]),
  }),
}
