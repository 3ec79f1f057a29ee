import { memslotDeleteInvalidates, memslotIgnoresDma, memslotLimit } from '../../../spec/index.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import type { State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { notifyShared } from '../../memory/tlb-tracking.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { planRow } from '../row.js'

const arg = places('vcpu', 'gfn')

function slotsAround(m: Machine, s: State, gfn: Gfn): number {
  const left = gfn > 0 && s.slotHole[gfn - 1] === 0
  const right = gfn + 1 < m.pages && s.slotHole[gfn + 1] === 0
  if (left && right) return 1
  return left || right ? 0 : -1
}

/** Memory slots with holes where pages are private. */
export const memslotRows = {
  'kvm.split-slot': planRow({
    says: 'The VMM takes one page out of its memory slot: the slot becomes those beside the page.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: 'slots are counted by the holes beside them',
    rules: [memslotDeleteInvalidates, memslotIgnoresDma],
    needs: undefined,
    fails: [
      {
        rule: memslotLimit,
        errno: Errno.EINVAL,
        when: (m, s, a) =>
          s.slotHole[a[arg.gfn]] === 0 && s.slotsUsed[0] + slotsAround(m, s, a[arg.gfn]) > m.scope.memslotLimit,
      },
    ],
    apply: (m, s, a) => {
      if (s.slotHole[a[arg.gfn]] === 1) return
      s.slotsUsed[0] += slotsAround(m, s, a[arg.gfn])
      s.slotHole[a[arg.gfn]] = 1
      notifyShared(m, s, a[arg.gfn])
    },
  }),
  'kvm.join-slot': planRow({
    says: 'The VMM puts a page back into a memory slot, which joins its neighbouring slots.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: 'slots are counted by the holes beside them',
    rules: [memslotIgnoresDma],
    needs: undefined,
    apply: (m, s, a) => {
      if (s.slotHole[a[arg.gfn]] === 0) return
      s.slotHole[a[arg.gfn]] = 0
      s.slotsUsed[0] -= slotsAround(m, s, a[arg.gfn])
    },
  }),
}
