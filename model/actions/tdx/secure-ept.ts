import {
  acceptAlreadyAccepted,
  acceptZeroesPending,
  augFromFree,
  augMakesPending,
  frameNeedsNda,
  pageIsReg,
  useNeedsAccept,
  vcpuJoinsEpoch,
} from '../../../spec/index.js'
import { someVcpuIdle } from '../../machine/any-active.js'
import { Errno } from '../../machine/errno.js'
import { Owner, Sept } from '../../machine/state.js'
import { clearAdded } from '../../memory/frame-allocator.js'
import { guestMayUsePrivate } from '../../memory/guest-access.js'
import { enterGuest } from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { tdxModule } from '../needs.js'
import { frame, gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseByVcpu, environmentRow, planRow } from '../row.js'
import { busy } from './seamcall.js'

const arg = places('vcpu', 'gfn', 'frame')

/** A page is given to a TD, and accepted by it. */
export const septRows = {
  'tdh.mem.page.aug': planRow({
    says: 'The TDX module gives an unowned frame to the TD, pending until the guest accepts it.',
    params: [vcpu, gfn, frame],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [augMakesPending, pageIsReg],
    reads: views('own.armed owner privateFrame sept'),
    writes: views('own.armed owner privateFrame sept'),
    needs: tdxModule,
    fails: [
      {
        rule: augFromFree,
        errno: Errno.TDX_EPT_ENTRY_STATE_INCORRECT,
        when: (_, s, a) => s.sept[a[arg.gfn]] !== Sept.Free,
      },
      {
        rule: frameNeedsNda,
        errno: Errno.TDX_PAGE_METADATA_INCORRECT,
        when: (_, s, a) => s.owner[a[arg.frame]] === Owner.Td,
      },
    ],
    mayFail: busy,
    apply: (m, s, a) => {
      for (let gfn = 0; gfn < m.pages; gfn += 1) if (s.privateFrame[gfn] === a[arg.frame] + 1) s.privateFrame[gfn] = 0
      s.privateFrame[a[arg.gfn]] = a[arg.frame] + 1
      s.owner[a[arg.frame]] = Owner.Td
      s.sept[a[arg.gfn]] = Sept.Pending
      m.touched.page(a[arg.gfn])
    },
  }),
  'tdg.mem.page.accept': environmentRow({
    says: 'The guest accepts a pending page: it is filled with zeros, and mapped.',
    actor: 'vcpu',
    params: [vcpu, gfn],
    fairness: 'chosen',
    weight: 80,
    plan: 'outside',
    outcome: 'errno',
    page: 'gfn',
    rules: [acceptZeroesPending, useNeedsAccept, vcpuJoinsEpoch],
    reads: views(
      'askedByGuest attr closed guestView own.epoch own.faultGfn own.reg phase privateFrame sept slotHole',
      'slotState tdDead',
    ),
    writes: views('own.epoch poison released sept tag'),
    needs: tdxModule,
    fails: [
      {
        rule: acceptAlreadyAccepted,
        errno: Errno.TDX_PAGE_ALREADY_ACCEPTED,
        when: (_, s, a) => s.sept[a[arg.gfn]] === Sept.Mapped,
      },
    ],
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages : 0),
    choose: chooseByVcpu,
    possible: (m, s, a) =>
      s.sept.length > 0 &&
      guestMayUsePrivate(m, s, a[arg.vcpu], a[arg.gfn]) &&
      (s.sept[a[arg.gfn]] === Sept.Pending || s.sept[a[arg.gfn]] === Sept.Mapped),
    apply: (m, s, a) => {
      clearAdded(m, s, a[arg.gfn], s.privateFrame[a[arg.gfn]] - 1)
      s.sept[a[arg.gfn]] = Sept.Mapped
      if (s.released.length > 0) s.released[a[arg.gfn]] = 0
      enterGuest(s, a[arg.vcpu])
      m.touched.page(a[arg.gfn])
    },
  }),
}
