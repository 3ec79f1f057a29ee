import { mapGpaChunks, mapGpaPrefix, mapGpaResume, mapGpaRetryInterrupt } from '../../../spec/index.js'
import { someVcpu } from '../../machine/any-active.js'
import { Reg, regOf } from '../../machine/registers.js'
import { Phase } from '../../machine/state.js'
import { retry, startChunk } from '../../plan/interpreter.js'
import { views } from '../accessed.js'
import { notes } from '../guest/guest.js'
import { vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseFirst, environmentRow } from '../row.js'

const arg = places('vcpu')

/** A MapGPA of more than one chunk: KVM continues with the next, or lets an interrupt in. */
export const mapGpaRows = {
  'kvm.map-gpa.next-chunk': environmentRow({
    says: 'KVM hands the next chunk of a MapGPA request to user space.',
    actor: 'vcpu',
    params: [vcpu],
    fairness: { owedBy: 'vcpu', insteadOf: undefined, inLitmus: 'by itself' },
    weight: 20,
    plan: 'between',
    outcome: 'errno',
    page: undefined,
    rules: [mapGpaChunks, mapGpaPrefix],
    reads: views('own.pc own.reg phase'),
    writes: views('ownPlan'),
    needs: undefined,
    candidates: (m, s) => (someVcpu(m, s, Phase.Boundary) ? m.scope.vcpus : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.phase[a[arg.vcpu]] === Phase.Boundary,
    apply: (m, s, a) => startChunk(m, s, a[arg.vcpu], notes(s, a[arg.vcpu], Reg.chunkEnd)),
  }),
  'kvm.map-gpa.interrupt': environmentRow({
    says: 'An interrupt ends a MapGPA request between two chunks: the guest is told RETRY, and where to continue.',
    actor: 'vcpu',
    params: [vcpu],
    fairness: { owedBy: 'vcpu', insteadOf: 'kvm.map-gpa.next-chunk', inLitmus: 'as written' },
    weight: 20,
    plan: 'between',
    outcome: 'errno',
    page: undefined,
    rules: [mapGpaRetryInterrupt, mapGpaResume],
    reads: views('own.reg phase'),
    writes: views('own.phase own.reg'),
    needs: undefined,
    candidates: (m, s) => (someVcpu(m, s, Phase.Boundary) ? m.scope.vcpus : 0),
    choose: chooseFirst,
    possible: (_, s, a) => s.phase[a[arg.vcpu]] === Phase.Boundary,
    apply: (m, s, a) => {
      s.reg[regOf(a[arg.vcpu], Reg.chunkFirst)] = notes(s, a[arg.vcpu], Reg.chunkEnd)
      retry(m, s, a[arg.vcpu])
    },
  }),
}
