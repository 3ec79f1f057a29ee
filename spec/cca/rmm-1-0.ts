import type { Rule } from '../rule.js'
import { rmm10 } from '../sources.js'

// Where RMM 1.0 answers otherwise than the draft RMM 2.0: its commands are for one entry, and end before they return.

export const ccaDataCreateNeedsUnassigned10 = {
  id: 'cca.rtt/data-create-needs-unassigned-1-0',
  statement: 'RMI_DATA_CREATE_UNKNOWN over an assigned entry is RMI_ERROR_RTT, whatever it leads to.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.2: rtte_state',
} as const satisfies Rule

export const ccaDataCreateUnordered10 = {
  id: 'cca.rtt/data-create-unordered-1-0',
  statement: 'Of a wrong granule and a wrong entry, RMI_DATA_CREATE_UNKNOWN may report either.',
  force: 'may',
  source: rmm10,
  at: 'B4.3.2.2.1, which orders neither before the other',
} as const satisfies Rule

export const ccaDelegatedIsWiped10 = {
  id: 'cca.granule/delegated-is-wiped-1-0',
  statement: 'A granule that was delegated and has another use since shows nothing of what it held before.',
  force: 'must',
  source: rmm10,
  at: 'A2.2.4',
} as const satisfies Rule

export const ccaDataDestroyNeedsAssigned10 = {
  id: 'cca.rtt/data-destroy-needs-assigned-1-0',
  statement: 'RMI_DATA_DESTROY of an entry that leads nowhere is RMI_ERROR_RTT.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.3: rtte_state',
} as const satisfies Rule

export const ccaDataDestroyEnds10 = {
  id: 'cca.rtt/data-destroy-ends-1-0',
  statement:
    'When RMI_DATA_DESTROY returns, the entry is unassigned, no vCPU reaches the granule, and it is delegated.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.3: rtte_state, data_state',
} as const satisfies Rule

export const ccaUnprotMapNeedsUnassigned10 = {
  id: 'cca.rtt/unprot-map-needs-unassigned-1-0',
  statement: 'RMI_RTT_MAP_UNPROTECTED over an assigned entry is RMI_ERROR_RTT, whatever it leads to.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.19: rtte_state',
} as const satisfies Rule

export const ccaUnprotUnmapNeedsAssigned10 = {
  id: 'cca.rtt/unprot-unmap-needs-assigned-1-0',
  statement: 'RMI_RTT_UNMAP_UNPROTECTED of an entry that leads nowhere is RMI_ERROR_RTT.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.22: rtte_state',
} as const satisfies Rule

export const ccaUnprotUnmapEnds10 = {
  id: 'cca.rtt/unprot-unmap-ends-1-0',
  statement: 'When RMI_RTT_UNMAP_UNPROTECTED returns, no vCPU reaches the granule by that address.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.22: rtte_state; runtime/rmi/rtt.c, map_unmap_ns(), s2tt_invalidate_page(), of tag rmm-spec-v1.0-rel0',
} as const satisfies Rule

export const ccaEmptyNeedsConsent10 = {
  id: 'cca.ripas/empty-needs-consent-1-0',
  statement: 'A destroyed page becomes EMPTY, too, only if the realm allows for it in its request.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.21: walk_top, no_progress; B3.75, RttSkipEntriesWithRipas',
} as const satisfies Rule
