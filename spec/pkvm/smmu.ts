import type { Rule } from '../rule.js'
import { smmuSpec } from '../sources.js'

// What the SMMU itself promises.

export const smmuSyncCompletes = {
  id: 'pkvm.smmu/sync-completes',
  statement: 'A CMD_SYNC behind a TLBI ends when no entry is left, and accesses translated by one are over.',
  force: 'must',
  source: smmuSpec,
  at: '4.7.3 CMD_SYNC, the guarantees for CMD_TLBI_* and CMD_ATC_INV',
} as const satisfies Rule

export const smmuOldUntilSync = {
  id: 'pkvm.smmu/old-until-sync',
  statement: 'Until then the SMMU may use the entry from before.',
  force: 'may',
  source: smmuSpec,
  at: '4.7.3 CMD_SYNC, the guarantees for CMD_TLBI_* and CMD_ATC_INV',
} as const satisfies Rule

export const smmuTranslatedBypasses = {
  id: 'pkvm.smmu/translated-bypasses',
  statement:
    'A device may send accesses that it says it has translated. Where the SMMU does not check them (ATSCHK = 0), or ' +
    'the stream has ATS, no stage translates them again.',
  force: 'may',
  source: smmuSpec,
  at: '3.9.1 ATS Interface, STE.EATS = 0b01; 6.3.9 SMMU_CR0, ATSCHK',
} as const satisfies Rule

export const smmuSplitStage = {
  id: 'pkvm.smmu/split-stage',
  statement: 'ATS may give a device the addresses of stage 1 alone: the SMMU then translates its accesses by stage 2.',
  force: 'may',
  source: smmuSpec,
  at: '3.9.1 ATS Interface, STE.EATS = 0b10; SMMU_IDR0.NS1ATS; needs ATSCHK = 1',
} as const satisfies Rule

export const smmuAtcAfterTlbi = {
  id: 'pkvm.smmu/atc-after-tlbi',
  statement:
    'Software tells a device to invalidate once the invalidation of the SMMU is complete: before that the SMMU may ' +
    'answer a request of the device by the old entry.',
  force: 'must',
  source: smmuSpec,
  at: '3.9.1 ATS Interface; Linux 7.2 does so: arm-smmu-v3.c, arm_smmu_invs_end_batch()',
} as const satisfies Rule

export const smmuKeptWhileOff = {
  id: 'pkvm.smmu/kept-while-off',
  statement: 'An SMMU that is off keeps what it has cached until a command or a broadcast invalidates it.',
  force: 'may',
  source: smmuSpec,
  at: '6.3.9.6 SMMUEN, cache entries while SMMUEN = 0',
} as const satisfies Rule
