import { faultSenseDisagrees, mapGpaStrayLoad, memoryFaultSize, qemuConvertsAtFault } from '../../../spec/index.js'
import type { Code } from '../../machine/action.js'
import { someVcpuIdle } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Reg, regOf } from '../../machine/registers.js'
import { Attr, ByFault, Phase, type State } from '../../machine/state.js'
import { attrOf, startChunk, underConversion } from '../../plan/interpreter.js'
import { askPrivate, isLeftAlone } from '../guest/guest.js'
import { page, side, vcpu } from '../parameters.js'
import { environmentRow } from '../row.js'
import { leaveGuest } from '../tdx/tlb-tracking.js'

/** Whether a load that strays into the page meets it: it is under conversion, and mapped shared in the guest. */
const isMetByStray = (m: Machine, s: State, a: Code) =>
  m.scope.implicit !== 'own' && a[3] === Attr.Shared && underConversion(m, s, a[2])

/** Whether the guest may touch the page by its other side, in place of a request or as it believes the page to be. */
const isMetByOwn = (m: Machine, s: State, a: Code) =>
  m.scope.implicit !== 'stray' && !underConversion(m, s, a[2]) && s.slotHole[a[2]] === 0

function begin(m: Machine, s: State, a: Code, by: number): void {
  leaveGuest(m, s, a[1])
  s.byFault[a[1]] = by
  s.reg[regOf(a[1], Reg.requestFirst)] = a[2]
  s.reg[regOf(a[1], Reg.requestEnd)] = a[2] + 1
  s.reg[regOf(a[1], Reg.toPrivate)] = a[3]
  if (by === ByFault.Own && attrOf(a[3]) === Attr.Private) askPrivate(m, s, a[2], a[2] + 1)
  startChunk(m, s, a[1], a[2])
  m.touched.page(a[2])
}

/** Faults whose side is not the page's: user space converts the page, and runs the vCPU again. */
export const memoryFaultRows = {
  'kvm.memory-fault': environmentRow({
    says: 'An access to the other side of a page exits to user space, which converts the page or runs the vCPU again.',
    actor: 'vcpu',
    params: { vcpu, gfn: page, to: side },
    fairness: 'chosen',
    weight: 60,
    plan: 'begins',
    page: 'gfn',
    rules: [faultSenseDisagrees, memoryFaultSize, qemuConvertsAtFault, mapGpaStrayLoad],
    needs: {
      on: ({ scope }) => scope.implicit !== 'none' && !scope.calls,
      says: 'scope implicit=own, stray or both, and calls=false',
    },
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages * 2 : 0),
    choose: (m, index, a) => {
      a[1] = index % m.scope.vcpus
      const rest = Math.floor(index / m.scope.vcpus)
      a[2] = rest >>> 1
      a[3] = rest & 1
    },
    possible: (m, s, a) => {
      if (s.byFault.length === 0 || s.phase[a[1]] !== Phase.Idle || !isLeftAlone(m, s)) return false
      if (s.faultGfn.length > 0 && s.faultGfn[a[1]] !== 0) return false
      if (s.attr[a[2]] === attrOf(a[3]) || a[2] >= m.memoryPages) return false
      return isMetByOwn(m, s, a) || (m.program.onFault === 'converts' && isMetByStray(m, s, a))
    },
    apply: (m, s, a) => begin(m, s, a, underConversion(m, s, a[2]) ? ByFault.Stray : ByFault.Own),
  }),
}
