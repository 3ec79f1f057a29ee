import type { Rule } from '../rule.js'
import { smmuSpec } from '../sources.js'

// What the SMMU itself promises.

export const smmuSyncCompletes = {
  id: 'pkvm.smmu/sync-completes',
  statement: 'A CMD_SYNC behind a TLBI ends when no entry is left, and accesses translated by one are over.',
  force: 'must',
  source: smmuSpec,
  at: '4.7 CMD_SYNC, the guarantees for CMD_TLBI_* and CMD_ATC_INV',
} as const satisfies Rule

export const smmuOldUntilSync = {
  id: 'pkvm.smmu/old-until-sync',
  statement: 'Until then the SMMU may use the entry from before.',
  force: 'may',
  source: smmuSpec,
  at: '4.7 CMD_SYNC, the guarantees for CMD_TLBI_* and CMD_ATC_INV',
} as const satisfies Rule

export const smmuTranslatedBypasses = {
  id: 'pkvm.smmu/translated-bypasses',
  statement: 'With ATS a device may send accesses that it has translated itself, and that no stage translates again.',
  force: 'may',
  source: smmuSpec,
  at: '3.9, note on Translated transactions that bypass the SMMU; SMMU_CR0.ATSCHK',
} as const satisfies Rule
