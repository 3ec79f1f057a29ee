import type { Rule } from '../rule.js'
import { thread2026 } from '../sources.js'

export const mirrorState = {
  id: 'kvm.mirror/follows-state',
  statement:
    'On Intel the kernel may mirror the state of guest_memfd into the IOMMU, so that only shared pages are mapped; ' +
    'on AMD both halves would be, and on Arm either way does.',
  force: 'may',
  source: thread2026,
  at: 'Jason Gunthorpe, 28 Feb 2026, lkml.iu.edu 2602.3/09884; of AMD and Arm 2602.3/05965 and what 08550 quotes',
} as const satisfies Rule

export const mirrorTwoSteps = {
  id: 'kvm.mirror/two-steps',
  statement:
    'On Intel a mirror removes I/O entries before a page turns private and adds them after it turned shared. The ' +
    'host stays up by the first alone; who adds them is left open.',
  force: 'must',
  source: thread2026,
  at: 'Jason Gunthorpe, 27 Feb 2026, as lkml.iu.edu 2602.3/08550 quotes it; Xu Yilun, 2602.3/08550',
} as const satisfies Rule

export const mirrorVmmUntrusted = {
  id: 'kvm.mirror/vmm-untrusted',
  statement: 'The kernel may not count on the VMM to unmap DMA: to private without it must not end the host.',
  force: 'must',
  source: thread2026,
  at: 'Sean Christopherson, 25 Feb 2026, lkml.iu.edu 2602.3/03019; the second half is our reading of it',
} as const satisfies Rule

export const mirrorTruncateRevokes = {
  id: 'kvm.mirror/truncate',
  statement:
    'A hole in guest_memfd, whose size is fixed, tells the mirror before pages are freed, and it revokes the I/O ' +
    'entries of the pages, or of all of the area that has them.',
  force: 'must',
  source: thread2026,
  at: 'Ackerley Tng, lkml.iu.edu 2602.3/04570; the area: Jason Gunthorpe, 2602.3/05943; holes: 2602.3/06293',
} as const satisfies Rule
