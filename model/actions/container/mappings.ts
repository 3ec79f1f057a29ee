import { iommufdAccounting, iommufdNoLimit, typeBooksAfterUnpin } from '../../../spec/index.js'
import { type Code, Flaw } from '../../machine/action.js'
import type { Machine } from '../../machine/machine.js'
import { Reg } from '../../machine/registers.js'
import type { State } from '../../machine/state.js'
import { count, page, vcpu } from '../parameters.js'
import { planRow } from '../row.js'
import { end, firstWhole, register } from './checks.js'

/** Makes [first, first + length) one mapping in the books. */
function place(s: State, first: number, length: number): void {
  s.mapOf.fill(first + 1, first, first + length)
  s.mapLength[first] = length
}

/** Enters the range of the code as one mapping. */
export function insert(m: Machine, s: State, a: Code): void {
  place(s, a[2], a[3])
  s.mappings[0] += 1
  s.entriesUsed[0] += 1
  m.touched.range(a[2], end(a))
}

/** Whether a raw call has no page in its range, whatever page it names. */
function coversNothing(s: State, a: Code): boolean {
  const flaw = register(s, a, Reg.flaw)
  return flaw === Flaw.Empty || flaw === Flaw.Wraps
}

/** Mappings as a container keeps account of them. */
export const containerRows = {
  'container.remove-mapping': planRow({
    says: 'The driver takes a mapping out of its account.',
    params: { vcpu, iovfn: page, count },
    lock: 'container',
    requires: (_, s, a) => s.mapLength[a[2]] === a[3],
    placeMatters: false,
    rules: [typeBooksAfterUnpin, iommufdAccounting],
    needs: undefined,
    apply: (m, s, a) => {
      for (let iovfn = a[2]; iovfn < end(a); iovfn += 1) s.mapOf[iovfn] = 0
      s.mapLength[a[2]] = 0
      s.mappings[0] -= 1
      s.entriesUsed[0] -= 1
      m.event.goneFirst = a[2]
      m.event.goneEnd = end(a)
      m.event.takenFirst = firstWhole(s, a)
      m.event.takenEnd = coversNothing(s, a) ? m.event.takenFirst : register(s, a, Reg.callEnd)
      m.touched.range(a[2], end(a))
    },
  }),
  'area.split': planRow({
    says: 'The mapping over a superpage becomes mappings of one page, and what it has left and right of it.',
    params: { vcpu, iovfn: page, count },
    lock: 'container',
    requires: (_, s, a) => s.mapOf[a[2]] !== 0,
    placeMatters: false,
    rules: [iommufdNoLimit],
    needs: undefined,
    apply: (m, s, a) => {
      const first = s.mapOf[a[2]] - 1
      const last = first + s.mapLength[first]
      if (first < 0) return
      const from = Math.max(first, a[2])
      const to = Math.min(last, end(a))
      for (let iovfn = from; iovfn < to; iovfn += 1) place(s, iovfn, 1)
      if (first < from) place(s, first, from - first)
      if (to < last) place(s, to, last - to)
      const more = to - from + (first < from ? 1 : 0) + (to < last ? 1 : 0) - 1
      s.mappings[0] += more
      s.entriesUsed[0] += more
      m.touched.range(first, last)
    },
  }),
  'area.join': planRow({
    says: 'The mappings inside a superpage become one; one that reaches out of it keeps them apart.',
    params: { vcpu, iovfn: page, count },
    lock: 'container',
    requires: undefined,
    placeMatters: false,
    rules: [iommufdNoLimit],
    needs: undefined,
    apply: (m, s, a) => {
      const last = s.mapOf[end(a) - 1] - 1
      if (s.mapOf[a[2]] !== a[2] + 1 || last < a[2] || last + s.mapLength[last] !== end(a)) return
      let before = 0
      for (let iovfn = a[2]; iovfn < end(a); iovfn += 1) if (s.mapLength[iovfn] > 0) before += 1
      s.mapLength.fill(0, a[2], end(a))
      place(s, a[2], a[3])
      s.mappings[0] -= before - 1
      s.entriesUsed[0] -= before - 1
      m.touched.range(a[2], end(a))
    },
  }),
}
