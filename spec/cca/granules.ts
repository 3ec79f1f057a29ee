import type { Rule } from '../rule.js'
import { ccaGpfReport, ccaSeriesV14, tfRmm } from '../sources.js'

// Granules: who owns a page of memory, as the RMM records it and EL3 keeps it in the GPT.

export const ccaDelegateFromNs = {
  id: 'cca.granule/delegate-from-ns',
  statement: 'RMI_GRANULE_DELEGATE moves a Non-secure granule to the Realm physical address space.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/granule.c, smc_granule_delegate()',
} as const satisfies Rule

export const ccaDelegateMayFail = {
  id: 'cca.granule/delegate-may-fail',
  statement: 'A delegation may fail where EL3 has given the granule to the Secure state.',
  force: 'may',
  source: tfRmm,
  at: 'runtime/rmi/granule.c, smc_granule_delegate()',
} as const satisfies Rule

export const ccaUndelegateFromDelegated = {
  id: 'cca.granule/undelegate-from-delegated',
  statement: 'RMI_GRANULE_UNDELEGATE takes a granule without a use: one that holds data of a realm is refused.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/granule.c, smc_granule_undelegate()',
} as const satisfies Rule

export const ccaUndelegateScrubs = {
  id: 'cca.granule/undelegate-scrubs',
  statement: 'The RMM overwrites a granule, and EL3 flushes it, before it is Non-secure again.',
  force: 'must',
  source: tfRmm,
  at: 'runtime/rmi/granule.c, smc_granule_undelegate(), buffer_granule_sanitize()',
} as const satisfies Rule

export const ccaHostAccessFaults = {
  id: 'cca.granule/host-access-faults',
  statement: 'An access of the host kernel to a granule that it has delegated faults, which is fatal to it.',
  force: 'must',
  source: ccaGpfReport,
  at: 'Internal error at clear_page(), from kvm_gmem_get_pfn()',
} as const satisfies Rule

export const ccaUserAccessSignalled = {
  id: 'cca.granule/user-access-signalled',
  statement: 'An access of user space of the host to a delegated granule ends in SIGBUS, and the host lives.',
  force: 'must',
  source: ccaSeriesV14,
  at: '03/44, arch/arm64/mm/fault.c, do_gpf()',
} as const satisfies Rule
