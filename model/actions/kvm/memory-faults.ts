import { faultSenseDisagrees, mapGpaStrayLoad, memoryFaultSize, qemuConvertsAtFault } from '../../../spec/index.js'
import { someVcpuIdle } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import { Attr, ByFault, Phase, type State } from '../../machine/state.js'
import { mayGiveUp } from '../../memory/guest-access.js'
import { leaveGuest } from '../../memory/tlb-tracking.js'
import { attrOf, startChunk, underConversion } from '../../plan/interpreter.js'
import { views } from '../accessed.js'
import { askPrivate, isLeftAlone } from '../guest/guest.js'
import { gfn, to, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { environmentRow } from '../row.js'

const arg = places('vcpu', 'gfn', 'to')

/** Whether a load that strays into the page meets it: it is under conversion, and mapped shared in the guest. */
const isMetByStray = (m: Machine, s: State, a: CodeOf<['vcpu', 'gfn', 'to']>) =>
  m.scope.implicit !== 'own' && a[arg.to] === Attr.Shared && underConversion(m, s, a[arg.gfn])

/** Whether the guest may touch the page by its other side, in place of a request or as it believes the page to be. */
const isMetByOwn = (m: Machine, s: State, a: CodeOf<['vcpu', 'gfn', 'to']>) =>
  m.scope.implicit !== 'stray' &&
  !underConversion(m, s, a[arg.gfn]) &&
  s.slotHole[a[arg.gfn]] === 0 &&
  (attrOf(a[arg.to]) === Attr.Private || mayGiveUp(m, s, a[arg.gfn], a[arg.gfn] + 1))

function begin(m: Machine, s: State, a: CodeOf<['vcpu', 'gfn', 'to']>, by: number): void {
  leaveGuest(m, s, a[arg.vcpu])
  s.byFault[a[arg.vcpu]] = by
  s.reg[regOf(a[arg.vcpu], Reg.requestFirst)] = a[arg.gfn]
  s.reg[regOf(a[arg.vcpu], Reg.requestEnd)] = a[arg.gfn] + 1
  s.reg[regOf(a[arg.vcpu], Reg.toPrivate)] = a[arg.to]
  if (by === ByFault.Own && attrOf(a[arg.to]) === Attr.Private) askPrivate(m, s, a[arg.gfn], a[arg.gfn] + 1)
  startChunk(m, s, a[arg.vcpu], a[arg.gfn])
  m.touched.page(a[arg.gfn])
}

/** Faults whose side is not the page's: user space converts the page, and runs the vCPU again. */
export const memoryFaultRows = {
  'kvm.memory-fault': environmentRow({
    says: 'An access to the other side of a page exits to user space, which converts the page or runs the vCPU again.',
    actor: 'vcpu',
    params: [vcpu, gfn, to],
    fairness: 'chosen',
    weight: 60,
    plan: 'begins',
    outcome: 'errno',
    page: 'gfn',
    rules: [faultSenseDisagrees, memoryFaultSize, qemuConvertsAtFault, mapGpaStrayLoad],
    reads: views(
      'askedByGuest attr closed dmaGfn guestView hostDead own.pc own.reg phase sept slotHole tdDead',
      'own.faultGfn own.vcpuTlb',
    ),
    writes: views('ownPlan dmaShared guestView own.byFault own.epoch own.flushOwed own.vcpuTlb own.vcpuTlbFrame'),
    needs: {
      on: ({ scope }) => scope.implicit !== 'none' && !scope.calls,
      says: 'scope implicit=own, stray or both, and calls=false',
    },
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages * 2 : 0),
    choose: (m, index, a) => {
      a[arg.vcpu] = index % m.scope.vcpus
      const rest = Math.floor(index / m.scope.vcpus)
      a[arg.gfn] = rest >>> 1
      a[arg.to] = rest & 1
    },
    possible: (m, s, a) => {
      if (s.byFault.length === 0 || s.phase[a[arg.vcpu]] !== Phase.Idle || !isLeftAlone(m, s)) return false
      if (s.faultGfn.length > 0 && s.faultGfn[a[arg.vcpu]] !== 0) return false
      if (s.attr[a[arg.gfn]] === attrOf(a[arg.to]) || a[arg.gfn] >= m.memoryPages) return false
      return isMetByOwn(m, s, a) || (m.program.onFault === 'converts' && isMetByStray(m, s, a))
    },
    apply: (m, s, a) => begin(m, s, a, underConversion(m, s, a[arg.gfn]) ? ByFault.Stray : ByFault.Own),
  }),
}
