import {
  ccaKvmFailedIsFreed,
  faultAllocatesPrivate,
  faultSenseDisagrees,
  gmemPunchIgnoresAttribute,
  gmemPunchInvalidatesFirst,
  gmemPunchSucceeds,
  inPlaceEagainHostUnmapped,
  inPlaceOrder,
  inPlaceUnmapsHostFirst,
  snpFailedIsFreed,
} from '../../../spec/index.js'
import { someVcpuIdle } from '../../machine/any-active.js'
import { Attr, Phase, Sept } from '../../machine/state.js'
import { freeAssigned, freeFrame, isOwnedStill, touchFrame } from '../../memory/frame-allocator.js'
import { hasSlot } from '../../memory/guest-access.js'
import { backPrivately } from '../../memory/private-frames.js'
import { underConversion } from '../../plan/interpreter.js'
import { views } from '../accessed.js'
import { twoBackings } from '../needs.js'
import { count, gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseByVcpu, environmentRow, planRow } from '../row.js'

const arg = places('vcpu', 'gfn', 'count')

/** The private backing: filled by its first use, discarded a page at a time. */
export const guestMemfdRows = {
  'gmem.populate': environmentRow({
    says: "Without the secure EPT: a private page's first use gives it a frame of the guest.",
    actor: 'vcpu',
    params: [vcpu, gfn],
    fairness: 'chosen',
    // A guest that races itself is at a page as soon as it is private, which it may be for two steps.
    weight: ({ scope }) => (scope.guest === 'arbitrary' ? 400 : 40),
    plan: 'outside',
    outcome: 'errno',
    page: 'gfn',
    rules: [faultAllocatesPrivate, faultSenseDisagrees],
    reads: views('askedByGuest attr closed nextFrame own.reg owner phase pins privateFrame slotHole slotState'),
    writes: views('nextFrame owner privateFrame'),
    needs: {
      on: ({ parts, scope }) => !parts.secureEpt && scope.backing !== 'in-place',
      says: 'two backings, and no parts secureEpt',
    },
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages : 0),
    choose: chooseByVcpu,
    possible: (m, s, a) =>
      s.sept.length === 0 &&
      !m.inPlace &&
      s.phase[a[arg.vcpu]] === Phase.Idle &&
      s.closed[0] === 0 &&
      s.attr[a[arg.gfn]] === Attr.Private &&
      s.privateFrame[a[arg.gfn]] === 0 &&
      hasSlot(m, s, a[arg.gfn]) &&
      (m.scope.guest === 'arbitrary' || !underConversion(m, s, a[arg.gfn])),
    apply: (m, s, a) => {
      const frame = backPrivately(m, s, a[arg.gfn]) - 1
      if (frame < 0) return
      touchFrame(m, frame)
      m.touched.page(a[arg.gfn])
    },
  }),
  'gmem.unmap-host': planRow({
    says: "In place, to private: takes the pages out of the host's own page tables.",
    params: [vcpu, gfn, count],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [inPlaceUnmapsHostFirst, inPlaceEagainHostUnmapped, inPlaceOrder],
    reads: views('hva'),
    writes: views('hva'),
    needs: undefined,
    apply: (m, s, a) => {
      s.hva.fill(0, a[arg.gfn], a[arg.gfn] + a[arg.count])
      m.touched.range(a[arg.gfn], a[arg.gfn] + a[arg.count])
    },
  }),
  'gmem.punch-hole': planRow({
    says: "Discards one page of guest_memfd; KVM's translations of it are gone before.",
    params: [vcpu, gfn],
    lock: undefined,
    requires: (m, s, a) => s.sept.length === 0 || m.ownsAtFault || s.sept[a[arg.gfn]] === Sept.Free,
    placeMatters: false,
    rules: [
      gmemPunchInvalidatesFirst,
      gmemPunchIgnoresAttribute,
      gmemPunchSucceeds,
      snpFailedIsFreed,
      ccaKvmFailedIsFreed,
    ],
    reads: views('granule privateFrame sept'),
    writes: views('freedAssigned owner poison privateFrame tag sept'),
    needs: twoBackings,
    apply: (m, s, a) => {
      const gfn = a[arg.gfn]
      m.touched.page(gfn)
      const frame = s.privateFrame[gfn] - 1
      if (frame < 0) return
      s.privateFrame[gfn] = 0
      if (isOwnedStill(m, s, gfn, frame)) freeAssigned(m, s, gfn, frame)
      else freeFrame(m, s, frame)
    },
  }),
}
