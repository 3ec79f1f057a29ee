import {
  snpPvalidateBeforeUse,
  snpRescindBeforeShare,
  snpValidatedTwice,
  snpValidateSmaller,
} from '../../../spec/index.js'
import { someVcpuIdle } from '../../machine/any-active.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Sept, type State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { clearAdded } from '../../memory/frame-allocator.js'
import { guestMayUsePrivate } from '../../memory/guest-access.js'
import { enterGuest } from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { rmp } from '../needs.js'
import { gfn, size, vcpu } from '../parameters.js'
import { type CodeOf, places } from '../places.js'
import { environmentRow } from '../row.js'
import { isLarge, rmpFirst } from './assignment.js'

const arg = places('vcpu', 'gfn', 'size')

/** The guest clears what it validates, before it uses it. */
function validate(m: Machine, s: State, gfn: Gfn): void {
  clearAdded(m, s, gfn, s.privateFrame[gfn] - 1)
  s.sept[gfn] = Sept.Mapped
  m.touched.page(gfn)
}

/** Whether a superpage is validated at once: one RMP entry has it, and none of its pages is validated. */
function mayValidateLarge(m: Machine, s: State, a: CodeOf<['vcpu', 'gfn']>): boolean {
  const first = rmpFirst(m, a[arg.gfn])
  if (a[arg.gfn] !== first || !isLarge(m, s, first)) return false
  for (let gfn = first; gfn < first + m.perSuper; gfn += 1) {
    if (s.sept[gfn] !== Sept.Pending || !guestMayUsePrivate(m, s, a[arg.vcpu], gfn)) return false
  }
  return true
}

/** The guest's side of the RMP. */
export const validationRows = {
  'snp.pvalidate': environmentRow({
    says: 'The guest validates a page that is assigned to it, or a superpage that one RMP entry has.',
    actor: 'vcpu',
    params: [vcpu, gfn, size],
    fairness: 'chosen',
    weight: 80,
    plan: 'outside',
    outcome: 'errno',
    page: 'gfn',
    rules: [snpPvalidateBeforeUse, snpRescindBeforeShare, snpValidateSmaller],
    reads: views(
      'askedByGuest attr closed guestView own.epoch own.faultGfn own.reg phase privateFrame rmpLarge sept',
      'tdDead slotHole slotState',
    ),
    writes: views('own.epoch poison sept tag'),
    needs: rmp,
    fails: [
      {
        rule: snpValidatedTwice,
        errno: Errno.PVALIDATE_FAIL_NOUPDATE,
        when: (_, s, a) => s.sept[a[arg.gfn]] === Sept.Mapped,
      },
    ],
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages * (s.rmpLarge.length > 0 ? 2 : 1) : 0),
    choose: (m, index, a) => {
      a[arg.vcpu] = index % m.scope.vcpus
      const rest = Math.floor(index / m.scope.vcpus)
      a[arg.gfn] = rest % m.pages
      a[arg.size] = Math.floor(rest / m.pages)
    },
    possible: (m, s, a) => {
      if (!m.rmp) return false
      if (a[arg.size] === 1) return mayValidateLarge(m, s, a)
      if (isLarge(m, s, a[arg.gfn]) || !guestMayUsePrivate(m, s, a[arg.vcpu], a[arg.gfn])) return false
      return s.sept[a[arg.gfn]] === Sept.Pending || s.sept[a[arg.gfn]] === Sept.Mapped
    },
    apply: (m, s, a) => {
      const first = a[arg.size] === 1 ? rmpFirst(m, a[arg.gfn]) : a[arg.gfn]
      const end = a[arg.size] === 1 ? first + m.perSuper : first + 1
      for (let gfn = first; gfn < end; gfn += 1) validate(m, s, gfn)
      enterGuest(s, a[arg.vcpu])
    },
  }),
}
