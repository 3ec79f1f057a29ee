import {
  snpAttributeKeepsRmp,
  snpFailedIsLeaked,
  snpFreedIsMadeShared,
  snpHostUpdatesRmp,
  snpInPlaceSharedFirst,
  snpOverlapFails,
  snpOverlapRepeats,
  snpSmashAtRmpFault,
  snpSmashBeforePart,
  snpSmashKeepsValidated,
  snpZapBeforePunch,
} from '../../../spec/index.js'
import { Failure } from '../../machine/action.js'
import { someSet } from '../../machine/any-active.js'
import { Errno } from '../../machine/errno.js'
import type { Machine } from '../../machine/machine.js'
import { Owner, Sept, type State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { touchFrame } from '../../memory/frame-allocator.js'
import { guestMayUsePrivate } from '../../memory/guest-access.js'
import { leaveGuest } from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { largeRmp, rmp } from '../needs.js'
import { gfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseByVcpu, environmentRow, type Injected, planRow } from '../row.js'
import { isLarge, rmpFirst, rmpRegion } from './assignment.js'

const arg = places('vcpu', 'gfn')

const cannotBeShared: Injected = { what: Failure.RmpUpdate, rule: snpFailedIsLeaked, errno: Errno.EFAULT }

/** The nested page table no longer maps a page. Its frame stays assigned, and validated if it was. */
function zap(m: Machine, s: State, gfn: Gfn): void {
  if (s.sept[gfn] === Sept.Mapped) s.sept[gfn] = Sept.Blocked
  else if (s.sept[gfn] === Sept.Pending) s.sept[gfn] = Sept.PendingBlocked
  m.touched.page(gfn)
}

const frameOf = (m: Machine, s: State, gfn: Gfn): number => (m.inPlace ? gfn : s.privateFrame[gfn] - 1)

/** What takes a page from an SNP guest, and splits an entry of the RMP. */
export const rmpRows = {
  'kvm.zap-private': planRow({
    says: 'KVM drops a private page from the nested page table; the RMP has its frame as before.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [snpZapBeforePunch, snpAttributeKeepsRmp],
    reads: views('sept'),
    writes: views('sept'),
    needs: rmp,
    apply: (m, s, a) => zap(m, s, a[arg.gfn]),
  }),
  'snp.psmash': planRow({
    says: 'KVM splits an entry of the RMP that has a whole superpage; its pages stay assigned and validated.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: (m, s, a) => isLarge(m, s, a[arg.gfn]),
    placeMatters: false,
    rules: [snpSmashBeforePart, snpSmashKeepsValidated],
    reads: views(),
    writes: views('rmpLarge'),
    needs: largeRmp,
    apply: (m, s, a) => {
      s.rmpLarge[rmpRegion(m, a[arg.gfn])] = 0
      m.touched.page(a[arg.gfn])
    },
  }),
  'snp.rmpupdate-shared': planRow({
    says: 'KVM makes the private frame of a page shared in the RMP; caches may hold lines of the guest.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: (m, s, a) => frameOf(m, s, a[arg.gfn]) >= 0,
    placeMatters: false,
    rules: [snpHostUpdatesRmp, snpFreedIsMadeShared, snpInPlaceSharedFirst, snpOverlapFails, snpOverlapRepeats],
    reads: views('own.armed privateFrame rmpLarge'),
    writes: views('own.armed owner sept unflushed'),
    needs: rmp,
    // RMPUPDATE fails while a larger entry has the page, and is repeated: the step waits.
    ready: (m, s, a) => !isLarge(m, s, a[arg.gfn]),
    mayFail: cannotBeShared,
    apply: (m, s, a) => {
      const frame = frameOf(m, s, a[arg.gfn])
      s.sept[a[arg.gfn]] = Sept.Free
      s.owner[frame] = Owner.Removed
      s.unflushed[frame] = 1
      m.event.removed = 1
      touchFrame(m, frame)
      m.touched.page(a[arg.gfn])
    },
  }),
  'snp.clflush': planRow({
    says: 'KVM flushes the caches of a frame that it has made shared.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: (m, s, a) => frameOf(m, s, a[arg.gfn]) >= 0,
    placeMatters: false,
    rules: [snpFreedIsMadeShared],
    reads: views('privateFrame'),
    writes: views('unflushed'),
    needs: rmp,
    apply: (m, s, a) => {
      const frame = frameOf(m, s, a[arg.gfn])
      if (frame < 0) return
      s.unflushed[frame] = 0
      m.touched.page(a[arg.gfn])
    },
  }),
  'snp.leak-page': planRow({
    says: 'KVM gives up a frame that it could not make shared: nothing uses it any more.',
    params: [vcpu, gfn],
    lock: undefined,
    requires: (m, s, a) => frameOf(m, s, a[arg.gfn]) >= 0,
    placeMatters: false,
    rules: [snpFailedIsLeaked],
    reads: views(),
    writes: views('privateFrame sept'),
    needs: rmp,
    apply: (m, s, a) => {
      s.sept[a[arg.gfn]] = Sept.Free
      s.privateFrame[a[arg.gfn]] = 0
      m.touched.page(a[arg.gfn])
    },
  }),
  'kvm.rmp-fault': environmentRow({
    says: 'The guest validates one page of a larger RMP entry, and faults: KVM splits the entry, and zaps 2 MiB.',
    actor: 'vcpu',
    params: [vcpu, gfn],
    fairness: 'chosen',
    weight: 40,
    plan: 'outside',
    outcome: 'errno',
    page: 'gfn',
    rules: [snpSmashAtRmpFault],
    reads: views(
      'askedByGuest attr closed guestView own.faultGfn own.phase own.reg rmpLarge sept tdDead vcpuTlb own.vcpuTlb',
    ),
    writes: views('rmpLarge sept epoch vcpuTlb vcpuTlbFrame own.epoch own.vcpuTlb own.vcpuTlbFrame'),
    needs: largeRmp,
    candidates: (m, s) => (someSet(s.rmpLarge) ? m.scope.vcpus * m.pages : 0),
    choose: chooseByVcpu,
    possible: (m, s, a) =>
      isLarge(m, s, a[arg.gfn]) &&
      guestMayUsePrivate(m, s, a[arg.vcpu], a[arg.gfn]) &&
      s.sept[a[arg.gfn]] === Sept.Pending,
    apply: (m, s, a) => {
      s.rmpLarge[rmpRegion(m, a[arg.gfn])] = 0
      // From the page on; and what lies before it in the superpage, since one leaf may map all of that.
      const end = Math.min(a[arg.gfn] + m.perSuper, m.pages)
      for (let gfn = rmpFirst(m, a[arg.gfn]); gfn < end; gfn += 1) zap(m, s, gfn)
      for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) leaveGuest(m, s, vcpu)
    },
  }),
}
