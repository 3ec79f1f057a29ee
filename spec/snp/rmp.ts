import type { Rule } from '../rule.js'
import { amdsevIssue143, linux72, msvcRmpupdate } from '../sources.js'

// The RMP: who owns a frame, and as a part of which size.

export const snpHostUpdatesRmp = {
  id: 'snp.rmp/host-updates',
  statement: 'The host changes by RMPUPDATE whether a page is assigned, to which guest, at which address and size.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/virt/svm/sev.c, rmp_make_private(), rmp_make_shared()',
} as const satisfies Rule

export const snpOverlapFails = {
  id: 'snp.rmp/overlap-fails',
  statement: 'RMPUPDATE of 4 KiB fails where an RMP entry of 2 MiB has the page.',
  force: 'must',
  source: msvcRmpupdate,
  at: 'return value 4',
} as const satisfies Rule

export const snpOverlapRepeats = {
  id: 'snp.rmp/overlap-repeats',
  statement: 'Linux repeats an RMPUPDATE that fails so for as long as it does.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/virt/svm/sev.c, rmpupdate()',
} as const satisfies Rule

export const snpOverlapSeen = {
  id: 'snp.rmp/overlap-seen',
  statement: 'Such repeats were seen when a guest was destroyed, with stalls of the host.',
  force: 'may',
  source: amdsevIssue143,
  at: 'rmpupdate failed, ret: 4, retrying; host_rmp_make_shared()',
} as const satisfies Rule

export const snpSmashKeepsValidated = {
  id: 'snp.rmp/smash-keeps-validated',
  statement: 'PSMASH makes 4 KiB entries of one of 2 MiB, which stay assigned and validated.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/virt/svm/sev.c, psmash()',
} as const satisfies Rule

export const snpHostWriteCrashes = {
  id: 'snp.rmp/host-write',
  statement: 'A write of the host kernel to an assigned page is an RMP violation, which crashes the host.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/virt/svm/sev.c, adjust_direct_map()',
} as const satisfies Rule
