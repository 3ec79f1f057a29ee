import type { Rule } from '../rule.js'
import { thread2026 } from '../sources.js'

export const mirrorState = {
  id: 'kvm.mirror/follows-state',
  statement: 'The kernel may mirror the state of guest_memfd into the IOMMU, so that only shared pages are mapped.',
  force: 'may',
  source: thread2026,
  at: 'Jason Gunthorpe, lkml.iu.edu 2602.3',
} as const satisfies Rule

export const mirrorTwoSteps = {
  id: 'kvm.mirror/two-steps',
  statement: 'On Intel a mirror removes I/O entries before a page turns private and adds them after it turned shared.',
  force: 'must',
  source: thread2026,
  at: 'Jason Gunthorpe, lkml.iu.edu 2602.3',
} as const satisfies Rule

export const mirrorVmmUntrusted = {
  id: 'kvm.mirror/vmm-untrusted',
  statement: 'The kernel may not count on the VMM to unmap DMA: to private without it must not end the host.',
  force: 'must',
  source: thread2026,
  at: 'Sean Christopherson, lkml.iu.edu 2602.3',
} as const satisfies Rule

export const mirrorTruncateRevokes = {
  id: 'kvm.mirror/truncate',
  statement:
    'Truncating guest_memfd tells the mirror, which revokes the I/O entries of the pages before they are freed.',
  force: 'must',
  source: thread2026,
  at: 'Ackerley Tng, lkml.iu.edu 2602.3',
} as const satisfies Rule
