import type { Rule } from '../rule.js'
import { amdsevIssue109 } from '../sources.js'

// DMA under SEV-SNP: the one rule of it that the model has.

export const rmpChecksWholeLeaf = {
  id: 'snp.dma/leaf-size-checked',
  statement: 'A DMA through an entry that covers a page assigned to a guest faults at each page that the entry covers.',
  force: 'may',
  source: amdsevIssue109,
  at: 'RMP fault at a page that is shared, beside an assigned one, under a 2 MiB entry',
} as const satisfies Rule
