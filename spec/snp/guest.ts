import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

// What an SNP guest does with a page before it uses it.

export const snpPvalidateBeforeUse = {
  id: 'snp.guest/pvalidate-before-use',
  statement: 'The guest validates a page by PVALIDATE once it is assigned, and before it uses the page as private.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/coco/sev/core.c, __set_pages_state()',
} as const satisfies Rule

export const snpRescindBeforeShare = {
  id: 'snp.guest/rescind-before-share',
  statement: 'Before the guest asks to share a page, it takes its validation back.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/coco/sev/core.c, __set_pages_state()',
} as const satisfies Rule

export const snpValidatedTwice = {
  id: 'snp.guest/validated-twice',
  statement: 'A PVALIDATE that changes nothing says so, and the guest takes that for an attack.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/include/asm/sev.h, pvalidate(), PVALIDATE_FAIL_NOUPDATE; pval_pages(), __pval_terminate()',
} as const satisfies Rule

export const snpValidateSmaller = {
  id: 'snp.guest/validate-smaller',
  statement: 'The guest validates 512 small pages where an RMP entry is smaller than it asked for.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/coco/sev/core.c, pval_pages(), PVALIDATE_FAIL_SIZEMISMATCH',
} as const satisfies Rule
