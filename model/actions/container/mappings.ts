import { iommufdAccounting, iommufdNoLimit, typeAccountingAfterUnpin } from '../../../spec/index.js'
import { Flaw } from '../../machine/action.js'
import type { Machine } from '../../machine/machine.js'
import { Reg } from '../../machine/registers.js'
import type { State } from '../../machine/state.js'
import { countBy } from '../../plan/driver-call.js'
import { views } from '../accessed.js'
import { count, iovfn, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { planRow } from '../row.js'
import { end, firstWhole, register } from './checks.js'

const arg = places('vcpu', 'iovfn', 'count')

/** Makes [first, first + length) one mapping of the container. */
function place(s: State, first: number, length: number): void {
  s.mapOf.fill(first + 1, first, first + length)
  s.mapLength[first] = length
}

/** Changes how many mappings there are, each of which takes an entry. */
function countMappings(m: Machine, s: State, a: CodeOf<['vcpu']>, by: number): void {
  countBy(m, s, a[arg.vcpu], 'mappings', by)
  countBy(m, s, a[arg.vcpu], 'entriesUsed', by)
}

/** Enters the range of the code as one mapping. */
export function insert(m: Machine, s: State, a: CodeOf<['vcpu', 'iovfn', 'count']>): void {
  place(s, a[arg.iovfn], a[arg.count])
  countMappings(m, s, a, 1)
  m.touched.range(a[arg.iovfn], end(a))
}

/** Whether a raw call has no page in its range, whatever page it names. */
function coversNothing(s: State, a: CodeOf<['vcpu']>): boolean {
  const flaw = register(s, a, Reg.flaw)
  return flaw === Flaw.Empty || flaw === Flaw.Wraps
}

/** Mappings as a container keeps account of them. */
export const containerRows = {
  'container.remove-mapping': planRow({
    says: 'The driver takes a mapping out of its account.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: (_, s, a) => s.mapLength[a[arg.iovfn]] === a[arg.count],
    placeMatters: false,
    rules: [typeAccountingAfterUnpin, iommufdAccounting],
    reads: views('entriesUsed mappings openCalls own.reg reg.noteEntries reg.noteMappings'),
    writes: views('mappingsOfContainer'),
    needs: undefined,
    apply: (m, s, a) => {
      for (let iovfn = a[arg.iovfn]; iovfn < end(a); iovfn += 1) s.mapOf[iovfn] = 0
      s.mapLength[a[arg.iovfn]] = 0
      countMappings(m, s, a, -1)
      m.event.goneFirst = a[arg.iovfn]
      m.event.goneEnd = end(a)
      m.event.takenFirst = firstWhole(s, a)
      m.event.takenEnd = coversNothing(s, a) ? m.event.takenFirst : register(s, a, Reg.callEnd)
      m.touched.range(a[arg.iovfn], end(a))
    },
  }),
  'area.split': planRow({
    says: 'The mapping over a superpage becomes mappings of one page, and what it has left and right of it.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: (_, s, a) => s.mapOf[a[arg.iovfn]] !== 0,
    placeMatters: false,
    rules: [iommufdNoLimit],
    reads: views('mappingsOfContainer openCalls'),
    writes: views('mappingsOfContainer'),
    needs: undefined,
    apply: (m, s, a) => {
      const first = s.mapOf[a[arg.iovfn]] - 1
      const last = first + s.mapLength[first]
      if (first < 0) return
      const from = Math.max(first, a[arg.iovfn])
      const to = Math.min(last, end(a))
      for (let iovfn = from; iovfn < to; iovfn += 1) place(s, iovfn, 1)
      if (first < from) place(s, first, from - first)
      if (to < last) place(s, to, last - to)
      const more = to - from + (first < from ? 1 : 0) + (to < last ? 1 : 0) - 1
      countMappings(m, s, a, more)
      m.touched.range(first, last)
    },
  }),
  'area.join': planRow({
    says: 'The mappings inside a superpage become one; one that reaches out of it keeps them apart.',
    params: [vcpu, iovfn, count],
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdNoLimit],
    reads: views('mappingsOfContainer openCalls'),
    writes: views('mappingsOfContainer'),
    needs: undefined,
    apply: (m, s, a) => {
      const last = s.mapOf[end(a) - 1] - 1
      if (s.mapOf[a[arg.iovfn]] !== a[arg.iovfn] + 1 || last < a[arg.iovfn] || last + s.mapLength[last] !== end(a))
        return
      let before = 0
      for (let iovfn = a[arg.iovfn]; iovfn < end(a); iovfn += 1) if (s.mapLength[iovfn] > 0) before += 1
      s.mapLength.fill(0, a[arg.iovfn], end(a))
      place(s, a[arg.iovfn], a[arg.count])
      countMappings(m, s, a, 1 - before)
      m.touched.range(a[arg.iovfn], end(a))
    },
  }),
}
