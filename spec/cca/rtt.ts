import type { Rule } from '../rule.js'
import { tfRmm } from '../sources.js'

// The RTT, a realm's stage 2: entries, blocks, and what an unmap owes.

export const ccaDataMapNeedsDelegated = {
  id: 'cca.rtt/data-map-needs-delegated',
  statement: 'RMI_RTT_DATA_MAP takes delegated granules, and makes them data of the realm.',
  force: 'must',
  source: tfRmm,
  at: 'docs/design/rtt-map-unmap.rst, DATA map',
} as const satisfies Rule

export const ccaDataMapZeroes = {
  id: 'cca.rtt/data-map-zeroes',
  statement: 'A granule is cleared before the entry that leads to it is valid.',
  force: 'must',
  source: tfRmm,
  at: 'docs/design/rtt-map-unmap.rst, DATA map',
} as const satisfies Rule

export const ccaDataMapKeepsRipas = {
  id: 'cca.rtt/data-map-keeps-ripas',
  statement: 'A map leaves the RIPAS of the entry as it was.',
  force: 'must',
  source: tfRmm,
  at: 'lib/s2tt/src/s2tt.c, s2tte_create_assigned_unchanged(); 84a1b161b525',
} as const satisfies Rule

export const ccaDataMapNeedsUnassigned = {
  id: 'cca.rtt/data-map-needs-unassigned',
  statement:
    'RMI_RTT_DATA_MAP over an assigned entry is RMI_ERROR_RTT; if it leads to this granule already, a success.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt_map.c, data_map_one_entry()',
} as const satisfies Rule

export const ccaUnmapMarks = {
  id: 'cca.rtt/unmap-marks',
  statement: 'An unmap makes the entry invalid and marks it: work is left, and a valid one owes an invalidation.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt_unmap.c, rtt_unmap_one_table(); docs/design/rtt-map-unmap.rst',
} as const satisfies Rule

export const ccaUnmapDestroys = {
  id: 'cca.rtt/unmap-destroys',
  statement: 'An unmap of a page with RIPAS RAM leaves RIPAS DESTROYED.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt_unmap.c, unmap_make_new_s2tte()',
} as const satisfies Rule

export const ccaTlbiBeforeDelegated = {
  id: 'cca.rtt/tlbi-before-delegated',
  statement: 'The invalidation is complete, for each VMID of the realm, before the granule is delegated again.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt_unmap.c, rtt_unmap_drain_and_clear(); 2052addb5872',
} as const satisfies Rule

export const ccaTlbiWithoutExits = {
  id: 'cca.rtt/tlbi-without-exits',
  statement: 'The invalidation is broadcast to all CPUs: no vCPU has to leave the guest.',
  force: 'must',
  source: tfRmm,
  at: 'lib/s2tt/src/s2tt.c, stage2_tlbi_ipa_range(), the inner-shareable forms',
} as const satisfies Rule

export const ccaTlbiAtSmmu = {
  id: 'cca.rtt/tlbi-at-smmu',
  statement: 'With device assignment on, each such invalidation goes to the SMMUs as well, up to its CMD_SYNC.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt_unmap.c, rtt_unmap_invalidate_pending(), before the mark is cleared',
} as const satisfies Rule

export const ccaUnmapMayStop = {
  id: 'cca.rtt/unmap-may-stop',
  statement: 'An unmap may return RMI_INCOMPLETE for an interrupt; RMI_OP_CONTINUE resumes it.',
  force: 'may',
  source: tfRmm,
  at:
    'runtime/rmi/rtt_unmap.c, rtt_unmap_tlbi_pending(), rtt_unmap_smmu_sync_yield(), rtt_unmap_drain_pending(), ' +
    'where built with RMM_RTT_MAP_UNMAP_CHECK_ISR_EL1',
} as const satisfies Rule

export const ccaMarkBlocks = {
  id: 'cca.rtt/mark-blocks',
  statement: 'Another map, or a change of the RIPAS, that meets the mark is refused for now.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt.c, update_ripas(), -EAGAIN; runtime/rmi/rtt_map.c, data_map_one_entry(), RMI_BUSY',
} as const satisfies Rule

export const ccaUnmapSkipsMark = {
  id: 'cca.rtt/unmap-skips-mark',
  statement: 'Another unmap that meets the mark passes over the entry, and is a success before the work is done.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt_unmap.c, rtt_unmap_one_table(), entries that are not live',
} as const satisfies Rule

export const ccaUnmapNeedsPageLevel = {
  id: 'cca.rtt/unmap-needs-level',
  statement: 'An unmap of a part of a block entry is refused with RMI_ERROR_RTT, and the level of the entry.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt_unmap.c, rtt_unmap_one_table(), block overflow on the first entry',
} as const satisfies Rule

export const ccaUnfoldKeepsPages = {
  id: 'cca.rtt/unfold-keeps-pages',
  statement: 'RMI_RTT_CREATE under a block entry replaces it by a table whose entries say the same.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt.c, rtt_create(), RTT unfolding',
} as const satisfies Rule

export const ccaFoldNeedsSame = {
  id: 'cca.rtt/fold-needs-same',
  statement:
    'RMI_RTT_FOLD makes a block of a table whose entries have one state and granules in a row, and an unassigned ' +
    'entry of one whose entries are all unassigned with one RIPAS.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt.c, rtt_fold()',
} as const satisfies Rule

export const ccaFoldBreaks = {
  id: 'cca.rtt/fold-breaks',
  statement: 'A fold, like an unfold of a valid entry, breaks it, invalidates the TLBs, and then makes the new one.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt.c, rtt_fold(), rtt_create(), Break before make',
} as const satisfies Rule
