import {
  ccaDestroyedFaults,
  ccaDestroyedNeedsConsent,
  ccaEmptyOwesTlbi,
  ccaGuestConsents,
  ccaIpaHalves,
  ccaKvmRipasAtEntry,
  ccaMarkBlocks,
  ccaRipasOnRequest,
} from '../../../spec/index.js'
import { someVcpuIdle } from '../../machine/any-active.js'
import type { Machine } from '../../machine/machine.js'
import { Attr, Ripas, Sept, type State } from '../../machine/state.js'
import type { Gfn } from '../../machine/units.js'
import { guestMayUsePrivate } from '../../memory/guest-access.js'
import { dropPrivate, isBlocked } from '../../memory/tlb-tracking.js'
import { views } from '../accessed.js'
import { realm } from '../needs.js'
import { gfn, to, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { chooseByVcpu, environmentRow, planRow } from '../row.js'
import { dropPage, isOnItsWay } from '../trusted/trusted-cache.js'

const arg = places('vcpu', 'gfn', 'to')

function setRam(m: Machine, s: State, gfn: Gfn): void {
  s.ripas[gfn] = Ripas.Ram
  if (s.sept[gfn] === Sept.Pending) s.sept[gfn] = Sept.Mapped
  m.touched.page(gfn)
}

function setEmpty(m: Machine, s: State, gfn: Gfn): void {
  s.ripas[gfn] = Ripas.Empty
  if (s.sept[gfn] === Sept.Mapped) s.sept[gfn] = Sept.Pending
  for (let vcpu = 0; vcpu < m.scope.vcpus; vcpu += 1) dropPrivate(m, s, vcpu, gfn)
  if (m.trusted > 0) dropPage(m, s, gfn)
  m.touched.page(gfn)
}

/** Whether a page of a realm is on its way out, and the realm has it as memory: it would find zeroes, and no fault. */
export const isLostUnsaid = (m: Machine, s: State, gfn: Gfn): boolean =>
  m.realm && isBlocked(s.sept[gfn]) && s.ripas[gfn] === Ripas.Ram
/** Whether a page of a realm is usable that the realm has not agreed to have as memory. */
export const isUsableUnasked = (m: Machine, s: State, gfn: Gfn): boolean =>
  m.realm && s.sept[gfn] === Sept.Mapped && s.ripas[gfn] !== Ripas.Ram

/** What a realm agrees a protected page is, and how it asks for that. */
export const ripasRows = {
  'rmi.rtt-set-ripas': planRow({
    says: 'The vCPU that asked for it enters again, and the RMM changes the RIPAS: to RAM, or to EMPTY.',
    params: [vcpu, gfn, to],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [ccaRipasOnRequest, ccaEmptyOwesTlbi, ccaKvmRipasAtEntry, ccaMarkBlocks],
    reads: views('dma dmaGfn sept trustedKey vcpuTlb trustedFrame'),
    writes: views('ripas sept trustedDrain trustedFrame trustedKey vcpuTlb vcpuTlbFrame'),
    needs: realm,
    // An entry under a mark is refused for now, and KVM asks again. The command ends behind the CMD_SYNC of the SMMUs.
    ready: (m, s, a) => !isBlocked(s.sept[a[arg.gfn]]) && (a[arg.to] === Attr.Private || !isOnItsWay(m, s, a[arg.gfn])),
    apply: (m, s, a) => {
      if (a[arg.to] === Attr.Private) setRam(m, s, a[arg.gfn])
      else setEmpty(m, s, a[arg.gfn])
    },
  }),
  'rsi.ipa-state-set': environmentRow({
    says: 'The guest asks for a page that was destroyed as memory, and KVM has the RMM grant it: its content is lost.',
    actor: 'vcpu',
    params: [vcpu, gfn],
    fairness: 'chosen',
    weight: 60,
    plan: 'outside',
    outcome: 'errno',
    page: 'gfn',
    rules: [ccaDestroyedNeedsConsent, ccaDestroyedFaults, ccaGuestConsents, ccaIpaHalves],
    reads: views('askedByGuest attr closed guestView own.faultGfn own.reg phase ripas sept tdDead slotHole slotState'),
    writes: views('ripas sept'),
    needs: realm,
    candidates: (m, s) => (someVcpuIdle(m, s) ? m.scope.vcpus * m.pages : 0),
    choose: chooseByVcpu,
    possible: (m, s, a) =>
      m.realm &&
      s.ripas[a[arg.gfn]] === Ripas.Destroyed &&
      !isBlocked(s.sept[a[arg.gfn]]) &&
      guestMayUsePrivate(m, s, a[arg.vcpu], a[arg.gfn]),
    apply: (m, s, a) => {
      setRam(m, s, a[arg.gfn])
    },
  }),
}
