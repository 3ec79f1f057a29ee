import type { Rule } from '../rule.js'
import { rmm10, tfRmm } from '../sources.js'

// The unprotected half of a realm's addresses, which the host maps to granules of its own.

export const ccaUnprotMapNeedsUnassigned = {
  id: 'cca.rtt/unprot-map-needs-unassigned',
  statement:
    'RMI_RTT_UNPROT_MAP over an entry that leads to another granule, or whose unmap is not done, is RMI_ERROR_RTT; ' +
    'if it leads to this granule already, by the same attributes, a success.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt_map.c, unprot_map_one_entry()',
} as const satisfies Rule

export const ccaUnprotUnmapSkips = {
  id: 'cca.rtt/unprot-unmap-of-nothing',
  statement: 'RMI_RTT_UNPROT_UNMAP of an entry that leads nowhere is a success.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt_unmap.c, rtt_unmap_one_table(), non-live entries',
} as const satisfies Rule

export const ccaUnprotUnmapOwesTlbi = {
  id: 'cca.rtt/unprot-unmap-owes-tlbi',
  statement: 'An unmap in the unprotected half always owes the invalidation; no granule changes its state.',
  force: 'must',
  source: tfRmm,
  at: 'docs/design/rtt-map-unmap.rst, UNPROT unmap',
} as const satisfies Rule

export const ccaUnprotAnyGranule = {
  id: 'cca.ipa/unprotected-fault',
  statement:
    'The RMM does not look at whose a granule is that it maps at an unprotected address: an access of the realm to ' +
    'one that is not Non-secure is a granule protection fault.',
  force: 'must',
  source: rmm10,
  at: 'A5.2.6',
} as const satisfies Rule

export const ccaUnprotReachesHost = {
  id: 'cca.ipa/unprotected-is-shared',
  statement: 'By an unprotected address the realm and the host use the same granule, which stays Non-secure.',
  force: 'must',
  source: rmm10,
  at: 'A5.5.4, ASSIGNED_NS; B4.3.19',
} as const satisfies Rule

export const ccaUnprotUnmappedExits = {
  id: 'cca.ipa/unprotected-exits',
  statement: 'An access of the realm by an unprotected address that leads nowhere exits to the host as a data abort.',
  force: 'must',
  source: rmm10,
  at: 'A5.2.6, A5.2.9',
} as const satisfies Rule
