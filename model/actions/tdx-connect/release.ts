import { guestReleasesFirst, releaseMakesPending, sharedHalfUnmapped, sharedRootByHost } from '../../../spec/index.js'
import { someVcpuIdle } from '../../machine/any-active.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Sept, type State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { guestMayUsePrivate } from '../../memory/guest-access.js'
import { enterGuest } from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { pageRelease, trustedShared } from '../needs.js'
import { gfn, on, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseByVcpu, environmentRow, planRow } from '../row.js'
import { busy } from '../tdx/seamcall.js'

const arg = places('vcpu', 'gfn', 'count')
const onArg = places('vcpu', 'on')

/** The guest releases a page that it has accepted: the page is pending again. */
export function release(m: Machine, s: State, gfn: Gfn): void {
  s.sept[gfn] = Sept.Pending
  s.released[gfn] = 1
  m.touched.page(gfn)
}

/** What the guest does before it gives a page up, and what the host does for the shared half. */
export const releaseRows = {
  'tdg.mem.release-page': environmentRow({
    says: 'The guest releases a page that it accepted: it is pending again, and the host can block it.',
    actor: 'vcpu',
    params: [vcpu, gfn],
    fairness: 'chosen',
    weight: 60,
    plan: 'outside',
    outcome: 'errno',
    page: 'gfn',
    rules: [releaseMakesPending, guestReleasesFirst],
    reads: views(
      'askedByGuest attr closed guestView own.epoch own.faultGfn own.reg phase sept tdDead slotHole slotState',
    ),
    writes: views('own.epoch released sept'),
    needs: pageRelease,
    fails: [
      {
        rule: releaseMakesPending,
        errno: Errno.TDX_EPT_ENTRY_STATE_INCORRECT,
        when: (_, s, a) => s.sept[a[arg.gfn]] === Sept.Pending,
      },
    ],
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages : 0),
    choose: chooseByVcpu,
    possible: (m, s, a) =>
      m.mustRelease &&
      guestMayUsePrivate(m, s, a[arg.vcpu], a[arg.gfn]) &&
      (s.sept[a[arg.gfn]] === Sept.Pending || s.sept[a[arg.gfn]] === Sept.Mapped),
    apply: (m, s, a) => {
      enterGuest(s, a[arg.vcpu])
      release(m, s, a[arg.gfn])
    },
  }),
  'tdh.mem.shared-sept-wr': planRow({
    says: "The host writes the root's entry of the shared half, or clears it: then no walk comes to its EPT.",
    params: [vcpu, on],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [sharedRootByHost, sharedHalfUnmapped],
    reads: views('own.armed'),
    writes: views('own.armed sharedRoot'),
    needs: trustedShared,
    mayFail: busy,
    apply: (m, s, a) => {
      s.sharedRoot[0] = a[onArg.on]
      m.touched.all()
    },
  }),
}
