import {
  ccaDestroyedFaults,
  ccaDestroyedNeedsConsent,
  ccaEmptyOwesTlbi,
  ccaGuestConsents,
  ccaIpaHalves,
  ccaKvmRipasAtEntry,
  ccaKvmUnmapsAtEmpty,
  ccaMarkBlocks,
  ccaRipasOnRequest,
} from '../../../spec/index.js'
import { someVcpuIdle } from '../../machine/any-active.js'
import { Attr, Ripas, Sept } from '../../machine/state.js'
import { guestMayUsePrivate } from '../kvm/mmu-faults.js'
import { realm } from '../needs.js'
import { page, side, vcpu } from '../parameters.js'
import { chooseByVcpu, environmentRow, planRow } from '../row.js'
import { dropPrivate, isBlocked } from '../tdx/tlb-tracking.js'

/** What a realm agrees a protected page is, and how it asks for that. */
export const ripasRows = {
  'rmi.rtt-set-ripas': planRow({
    says: 'The vCPU that asked for it enters again, and the RMM changes the RIPAS: to RAM, or to EMPTY.',
    params: { vcpu, gfn: page, to: side },
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [ccaRipasOnRequest, ccaEmptyOwesTlbi, ccaKvmRipasAtEntry, ccaKvmUnmapsAtEmpty, ccaMarkBlocks],
    needs: realm,
    // An entry under a mark is refused for now, and KVM asks again.
    ready: (_, s, a) => !isBlocked(s.sept[a[2]]),
    apply: (m, s, a) => {
      if (a[3] === Attr.Private) s.ripas[a[2]] = Ripas.Ram
      else {
        s.ripas[a[2]] = Ripas.Empty
        if (s.sept[a[2]] === Sept.Mapped) s.sept[a[2]] = Sept.Pending
        for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) dropPrivate(m, s, vcpu, a[2])
      }
      if (s.ripas[a[2]] === Ripas.Ram && s.sept[a[2]] === Sept.Pending) s.sept[a[2]] = Sept.Mapped
      m.touched.page(a[2])
    },
  }),
  'rsi.ipa-state-set': environmentRow({
    says: 'The guest asks for a page that was destroyed as memory, and KVM has the RMM grant it: its content is lost.',
    actor: 'vcpu',
    params: { vcpu, gfn: page },
    fairness: 'chosen',
    weight: 60,
    plan: 'none',
    page: 'gfn',
    rules: [ccaDestroyedNeedsConsent, ccaDestroyedFaults, ccaGuestConsents, ccaIpaHalves],
    needs: realm,
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages : 0),
    choose: chooseByVcpu,
    possible: (m, s, a) =>
      m.realm && s.ripas[a[2]] === Ripas.Destroyed && !isBlocked(s.sept[a[2]]) && guestMayUsePrivate(m, s, a[1], a[2]),
    apply: (m, s, a) => {
      s.ripas[a[2]] = Ripas.Ram
      if (s.sept[a[2]] === Sept.Pending) s.sept[a[2]] = Sept.Mapped
      m.touched.page(a[2])
    },
  }),
}
