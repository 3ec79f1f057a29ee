import type { Rule } from '../rule.js'
import { linuxCca, linuxRsi, rmm10, tfRmm } from '../sources.js'

// The RIPAS: what the realm has agreed that a protected page is.

export const ccaIpaHalves = {
  id: 'cca.ipa/halves',
  statement: 'The top bit of an IPA says its half: the lower one is protected, the upper one shared with the host.',
  force: 'must',
  source: linuxCca,
  at: 'arch/arm64/include/asm/kvm_rmi.h, kvm_realm_is_private_address()',
} as const satisfies Rule

export const ccaRipasOnRequest = {
  id: 'cca.ripas/on-request',
  statement: 'The RMM makes a page of a running realm RAM or EMPTY only as the realm has asked by RSI_IPA_STATE_SET.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt.c, smc_rtt_set_ripas(); runtime/rsi/memory.c, handle_rsi_ipa_state_set()',
} as const satisfies Rule

export const ccaRipasComplete = {
  id: 'cca.ripas/complete-at-top',
  statement:
    'RSI_IPA_STATE_SET is complete once it returns the end of the range: all pages have the RIPAS asked for by then.',
  force: 'must',
  source: rmm10,
  at: 'A5.4, the table of new_base and response; B5.3.6.1.3, new_base',
} as const satisfies Rule

export const ccaEmptyOwesTlbi = {
  id: 'cca.ripas/empty-owes-tlbi',
  statement:
    'A change from RAM to EMPTY makes a valid entry invalid, and invalidates the TLBs, with device assignment on ' +
    'those of the SMMUs too, before it returns.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt.c, update_ripas(), rtt_set_ripas_range(), invalidate_page_block()',
} as const satisfies Rule

export const ccaDestroyedNeedsConsent = {
  id: 'cca.ripas/destroyed-needs-consent',
  statement: 'A destroyed page becomes RAM again only if the realm allows for it in its request.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt.c, update_ripas(), CHANGE_DESTROYED',
} as const satisfies Rule

export const ccaEmptyAborts = {
  id: 'cca.ripas/empty-aborts',
  statement: 'An access of the realm to a page with RIPAS EMPTY is an abort in the realm, and no fault of the host.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/core/exit.c, handle_data_abort(), ipa_is_empty()',
} as const satisfies Rule

export const ccaUnmappedExits = {
  id: 'cca.ripas/unmapped-exits',
  statement: 'An access of the realm to an unmapped page with another RIPAS than EMPTY is a data abort for the host.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/core/exit.c, handle_data_abort(): all but what is injected into the realm is reported to the host',
} as const satisfies Rule

export const ccaDestroyedFaults = {
  id: 'cca.ripas/destroyed-faults',
  statement: 'An access to a destroyed page is a fault of the host, whose map does not make the page usable.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/core/exit.c, handle_data_abort(); lib/s2tt/src/s2tt.c, s2tte_create_assigned_unchanged()',
} as const satisfies Rule

export const ccaGuestConsents = {
  id: 'cca.ripas/guest-consents',
  statement: 'A Linux guest that converts a page allows for a destroyed one, and at boot it does not.',
  force: 'must',
  source: linuxRsi,
  at: 'arch/arm64/include/asm/rsi.h, rsi_set_memory_range_protected(), rsi_set_memory_range_protected_safe()',
} as const satisfies Rule
