import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

export const mapGpaDirection = {
  id: 'tdx.map-gpa/direction',
  statement: 'MapGPA asks for shared if the SHARED bit is set in its address and for private if it is clear.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, __tdx_map_gpa()',
} as const satisfies Rule

export const mapGpaNotEnabled = {
  id: 'tdx.map-gpa/not-enabled',
  statement: 'MapGPA gives SUBFUNC_UNSUPPORTED if user space did not ask for the KVM_HC_MAP_GPA_RANGE exit.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_map_gpa()',
} as const satisfies Rule

export const mapGpaBadRange = {
  id: 'tdx.map-gpa/bad-range',
  statement: 'MapGPA of an empty, wrapping, illegal or half shared, half private range gives INVALID_OPERAND.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_map_gpa()',
} as const satisfies Rule

export const mapGpaAlignment = {
  id: 'tdx.map-gpa/alignment',
  statement: 'MapGPA of an address or size that is not a multiple of 4 KiB gives ALIGN_ERROR.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_map_gpa()',
} as const satisfies Rule

export const mapGpaStateUnseen = {
  id: 'tdx.map-gpa/state-unseen',
  statement: 'KVM hands a MapGPA to user space without a look at whether the pages have the wanted state already.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_map_gpa(), __tdx_map_gpa()',
} as const satisfies Rule

export const mapGpaChunks = {
  id: 'tdx.map-gpa/chunks',
  statement: 'KVM hands a MapGPA range to user space in chunks of at most 2 MiB, one exit each.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, TDX_MAP_GPA_MAX_LEN',
} as const satisfies Rule

export const mapGpaRetryInterrupt = {
  id: 'tdx.map-gpa/retry-interrupt',
  statement: 'Between two chunks a pending interrupt or NMI may end MapGPA with RETRY.',
  force: 'may',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_complete_vmcall_map_gpa()',
} as const satisfies Rule

export const mapGpaRetryAgain = {
  id: 'tdx.map-gpa/retry-eagain',
  statement: 'EAGAIN from user space ends MapGPA with RETRY.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_complete_vmcall_map_gpa()',
} as const satisfies Rule

export const mapGpaInvalid = {
  id: 'tdx.map-gpa/einval',
  statement: 'EINVAL from user space ends MapGPA with INVALID_OPERAND.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_complete_vmcall_map_gpa()',
} as const satisfies Rule

export const mapGpaOther = {
  id: 'tdx.map-gpa/other-value',
  statement: 'Any other value from user space ends KVM_RUN with EINVAL: the guest gets no answer.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_complete_vmcall_map_gpa(), default',
} as const satisfies Rule

export const mapGpaResume = {
  id: 'tdx.map-gpa/first-unprocessed',
  statement: 'A MapGPA that ends early returns the first GPA that was not processed, where the guest continues.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_complete_vmcall_map_gpa(), R11',
} as const satisfies Rule

export const mapGpaPrefix = {
  id: 'tdx.map-gpa/not-atomic',
  statement: 'The chunks before the one that ended MapGPA stay converted.',
  force: 'must',
  source: linux72,
  at: 'arch/x86/kvm/vmx/tdx.c, tdx_complete_vmcall_map_gpa()',
} as const satisfies Rule

export const mapGpaStrayLoad = {
  id: 'tdx.map-gpa/stray-load',
  statement:
    'While Linux converts a page, either way, it is mapped shared: a load that strays over the end of the page ' +
    'before it may meet it, and the host is expected to deal with that.',
  force: 'may',
  source: linux72,
  at: 'arch/x86/coco/tdx/tdx.c, tdx_early_init(), tdx_enc_status_change_prepare(), tdx_enc_status_change_finish()',
} as const satisfies Rule
