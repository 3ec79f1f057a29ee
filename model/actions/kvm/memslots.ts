import {
  memslotDeleteInvalidates,
  memslotGmemImmutable,
  memslotIgnoresDma,
  memslotInvalidRetries,
  memslotLimit,
  memslotMarkNeedsMemory,
  memslotSwapWaits,
  memslotZapThenFlush,
} from '../../../spec/index.js'
import { Failure } from '../../machine/action.js'
import { someSet } from '../../machine/any-active.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Cover, type State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { coveredAlike } from '../../memory/guest-access.js'
import { notifyShared } from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { type Fail, type Needs, planRow } from '../row.js'

const arg = places('vcpu', 'gfn')

const slotChanges: Needs = { on: ({ scope }) => scope.slotChanges, says: 'scope slotChanges=true' }
const byHoles = 'slots are counted by the holes beside them'

function slotsAround(m: Machine, s: State, gfn: Gfn): number {
  const left = gfn > 0 && s.slotHole[gfn - 1] !== Cover.Hole
  const right = gfn + 1 < m.pages && s.slotHole[gfn + 1] !== Cover.Hole
  if (left && right) return 1
  return left || right ? 0 : -1
}

/** Gives all pages around one that are covered as it is, in its superpage, another cover. */
function cover(m: Machine, s: State, gfn: Gfn, to: number): void {
  const { first, end } = coveredAlike(m, s, gfn)
  s.slotHole.fill(to, first, end)
  m.touched.range(first, end)
}

/** Whether to take the page out of its slot needs more slots than there are. */
const needsSlots: Fail<['vcpu', 'gfn']> = {
  rule: memslotLimit,
  errno: Errno.EINVAL,
  when: (m, s, a) =>
    s.slotHole[a[arg.gfn]] !== Cover.Hole && s.slotsUsed[0] + slotsAround(m, s, a[arg.gfn]) > m.scope.memslotLimit,
}

/** Memory slots with holes where pages are private. */
export const memslotRows = {
  'kvm.mark-split': planRow({
    says: 'KVM marks a memory slot invalid that the VMM deletes, to make anew what it keeps of it.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: byHoles,
    rules: [memslotInvalidRetries, memslotSwapWaits, memslotGmemImmutable],
    reads: views('own.armed slotHole slotsUsed invalidating'),
    writes: views('slotHole own.armed'),
    needs: slotChanges,
    ready: (_, s) => !someSet(s.invalidating),
    fails: [needsSlots],
    mayFail: {
      what: Failure.Allocation,
      rule: memslotMarkNeedsMemory,
      errno: Errno.ENOMEM,
      on: (_, s, a) => s.slotHole[a[arg.gfn]] === Cover.Whole,
    },
    apply: (m, s, a) => {
      if (s.slotHole[a[arg.gfn]] === Cover.Whole) cover(m, s, a[arg.gfn], Cover.Marked)
    },
  }),
  'kvm.split-slot': planRow({
    says: 'The VMM takes one page out of its memory slot: the slot becomes those beside the page.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: byHoles,
    rules: [memslotDeleteInvalidates, memslotZapThenFlush, memslotIgnoresDma],
    reads: views('faultGfn slotHole slotsUsed vcpuTlb faultShared'),
    writes: views('sharedEpt slotHole slotsUsed faultShared faultStale vcpuTlb vcpuTlbFrame'),
    needs: undefined,
    fails: [{ ...needsSlots, when: (m, s, a) => !m.scope.slotChanges && needsSlots.when(m, s, a) }],
    apply: (m, s, a) => {
      if (s.slotHole[a[arg.gfn]] === Cover.Hole) return
      s.slotsUsed[0] += slotsAround(m, s, a[arg.gfn])
      if (s.slotHole[a[arg.gfn]] === Cover.Marked) cover(m, s, a[arg.gfn], Cover.Between)
      s.slotHole[a[arg.gfn]] = Cover.Hole
      // Where slots neither go nor come back, its own steps would tell nothing else.
      if (!m.scope.slotChanges) notifyShared(m, s, a[arg.gfn])
    },
  }),
  'kvm.make-slot-beside': planRow({
    says: 'The VMM makes a memory slot of what lies on one side of a page that it has taken out.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: (_, s, a) => s.slotHole[a[arg.gfn]] === Cover.Between,
    placeMatters: byHoles,
    rules: [memslotIgnoresDma],
    reads: views('slotHole'),
    writes: views('slotHole'),
    needs: slotChanges,
    apply: (m, s, a) => cover(m, s, a[arg.gfn], Cover.Whole),
  }),
  'kvm.join-slot': planRow({
    says: 'The VMM puts a page back into a memory slot, which joins its neighbouring slots.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: byHoles,
    rules: [memslotIgnoresDma],
    reads: views('slotHole slotsUsed'),
    writes: views('slotHole slotsUsed'),
    needs: undefined,
    apply: (m, s, a) => {
      if (s.slotHole[a[arg.gfn]] !== Cover.Hole) return
      s.slotHole[a[arg.gfn]] = Cover.Whole
      s.slotsUsed[0] -= slotsAround(m, s, a[arg.gfn])
    },
  }),
}
