import type { Rule } from '../rule.js'
import { rmm10, tfRmm } from '../sources.js'

// Tables of the RTT: how the host makes and takes them, and what becomes of the entries in them.

export const ccaWalkNeedsTable = {
  id: 'cca.rtt/walk-needs-table',
  statement: 'A command on a page whose table is not there is RMI_ERROR_RTT, be the entry above a block or empty.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.2, B4.3.3, B4.3.19, B4.3.22: rtt_walk',
} as const satisfies Rule

export const ccaCreateNeedsDelegated = {
  id: 'cca.rtt/create-needs-delegated',
  statement: 'RMI_RTT_CREATE takes a delegated granule, else RMI_ERROR_INPUT, and makes a table of it.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.15: rtt_state',
} as const satisfies Rule

export const ccaCreateNeedsNoTable = {
  id: 'cca.rtt/create-needs-no-table',
  statement: 'RMI_RTT_CREATE where a table is already is RMI_ERROR_RTT.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.15: rtte_state',
} as const satisfies Rule

export const ccaCreateUnordered = {
  id: 'cca.rtt/create-unordered',
  statement: 'Of a wrong granule and a table that is there already, RMI_RTT_CREATE may report either.',
  force: 'may',
  source: rmm10,
  at: 'B4.3.15.2.1, which orders neither before the other',
} as const satisfies Rule

export const ccaDestroyNeedsTable = {
  id: 'cca.rtt/destroy-needs-table',
  statement: 'RMI_RTT_DESTROY where no table is is RMI_ERROR_RTT.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.16: rtte_state',
} as const satisfies Rule

export const ccaDestroyNeedsIdle = {
  id: 'cca.rtt/destroy-needs-idle',
  statement:
    'RMI_RTT_DESTROY of a table with an assigned protected entry, or with a table below, is RMI_ERROR_RTT; ' +
    'unprotected entries do not count.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.16: rtt_live; A5.5.8',
} as const satisfies Rule

export const ccaMarkKeepsTable = {
  id: 'cca.rtt/mark-keeps-table',
  statement: 'A table with an entry whose unmap is not done, in either half, is neither destroyed nor folded.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt_unmap.c, rtt_unmap_one_table(), the references to the leaf; rtt.c, granule_refcount_read()',
} as const satisfies Rule

export const ccaDestroyLosesRipas = {
  id: 'cca.rtt/destroy-loses-ripas',
  statement: 'With a destroyed table the RIPAS of each protected page in it is DESTROYED, whatever it was.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.16: ripas; A5.5.9',
} as const satisfies Rule

export const ccaDestroyUnmaps = {
  id: 'cca.rtt/destroy-unmaps-unprotected',
  statement: 'A destroyed table of the unprotected half takes its maps with it, and the TLBs have none of them.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/rtt.c, rtt_destroy(), invalidate_pages_in_block',
} as const satisfies Rule

export const ccaTableGranule = {
  id: 'cca.rtt/table-granule',
  statement: 'The granule of a table is in use until the table is destroyed or folded; then it is delegated.',
  force: 'must',
  source: rmm10,
  at: 'A2.2.3.2; B4.3.16 and B4.3.17: rtt_state',
} as const satisfies Rule

export const ccaFoldNeedsTable = {
  id: 'cca.rtt/fold-needs-table',
  statement: 'RMI_RTT_FOLD where no table is is RMI_ERROR_RTT.',
  force: 'must',
  source: rmm10,
  at: 'B4.3.17: rtte_state',
} as const satisfies Rule

export const ccaRipasOfPart = {
  id: 'cca.ripas/of-a-part',
  statement:
    'A change of the RIPAS of a part of a block is RMI_ERROR_RTT; where the RIPAS is the one that was asked for, it ' +
    'may succeed.',
  force: 'may',
  source: rmm10,
  at: 'B4.3.21: base_align, no_progress; TF-RMM refuses it always: runtime/rmi/rtt.c, rtt_set_ripas_range()',
} as const satisfies Rule
