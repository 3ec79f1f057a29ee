import type { ErrnoCode } from './units.js'

/**
 * How a call fails, in the words of its interface. 0 is success.
 *
 * @example
 * errnoNames.includes('EEXIST') // true
 */
export const errnoNames = [
  'ok',
  'EINVAL',
  'EEXIST',
  'ENOSPC',
  'ENOMEM',
  'EFAULT',
  'ENOENT',
  'EBUSY',
  'EAGAIN',
  'EOVERFLOW',
  'EADDRINUSE',
  'EPERM',
  'EOPNOTSUPP',
  'TDX_OPERAND_BUSY',
  'TDX_PREVIOUS_TLB_EPOCH_BUSY',
  'TDX_GPA_RANGE_NOT_BLOCKED',
  'TDX_GPA_RANGE_ALREADY_BLOCKED',
  'TDX_TLB_TRACKING_NOT_DONE',
  'TDX_EPT_ENTRY_STATE_INCORRECT',
  'TDX_PAGE_METADATA_INCORRECT',
  'TDX_PAGE_ALREADY_ACCEPTED',
  'PVALIDATE_FAIL_NOUPDATE',
  'SBI_ERR_FAILED',
  'SBI_ERR_INVALID_ADDRESS',
  'SBI_ERR_ALREADY_STARTED',
  'RMI_ERROR_INPUT',
  'RMI_ERROR_RTT',
  'TDX_IOMMU_IOTLB_TRACKING_NOT_DONE',
  'TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED',
  'TDX_DMAR_INVALID_MAPPING_STATE',
  'TDX_DMAR_INVALID_INV_STATE',
  'TDX_DEVIF_TDISP_INVALID_STATE',
  'SDTE_WRITE_TDI_NOT_BOUND',
  'RSI_ERROR_DEVICE',
  'EHWPOISON',
] as const

/**
 * The name of an error, or of success.
 *
 * @example
 * const ignored: ErrnoName[] = ['ENOENT']
 */
export type ErrnoName = (typeof errnoNames)[number]

export const Errno = Object.fromEntries(errnoNames.map((name, index) => [name, index])) as Readonly<
  Record<ErrnoName, ErrnoCode>
>

/** What each says, in a sentence; the rules of an action say when it fails so. */
export const errnoSays: Readonly<Record<ErrnoName, string>> = {
  ok: 'Success.',
  EINVAL: 'The arguments are not valid for the call, or the range cuts what may not be cut.',
  EEXIST: 'Something of the range is mapped already.',
  ENOSPC: 'A limit on the number of mappings, or the IOVA space, is used up.',
  ENOMEM: 'There is no memory for what the call needs, or the limit of locked memory is reached.',
  EFAULT: 'The host virtual address has no page that can be pinned.',
  ENOENT: 'Nothing is mapped there, or the range cuts an area of iommufd.',
  EBUSY: 'Something else still uses what the call is about.',
  EAGAIN: 'Something is in the way for now: the caller has to try again.',
  EOVERFLOW: 'The range wraps around the end of the address space.',
  EADDRINUSE: 'An entry of the page table is there already.',
  EPERM: 'A policy, or a seal, forbids it.',
  EOPNOTSUPP: 'The kernel does not offer the call here.',
  TDX_OPERAND_BUSY: 'The TDX module found an operand in use by another call: the caller has to try again.',
  TDX_PREVIOUS_TLB_EPOCH_BUSY: 'The TDX module begins no new TLB epoch while a vCPU runs in the one before the last.',
  TDX_GPA_RANGE_NOT_BLOCKED: 'The TDX module wants the entry of the secure EPT to be blocked first.',
  TDX_GPA_RANGE_ALREADY_BLOCKED: 'The entry of the secure EPT is blocked already.',
  TDX_TLB_TRACKING_NOT_DONE: 'A vCPU may still hold the blocked translation: the TLB epoch has not passed.',
  TDX_EPT_ENTRY_STATE_INCORRECT: 'The entry of the secure EPT is in a state in which the call is not allowed.',
  TDX_PAGE_METADATA_INCORRECT: 'The frame has an owner or a type with which the call is not allowed.',
  TDX_PAGE_ALREADY_ACCEPTED: 'The guest has accepted the page already.',
  PVALIDATE_FAIL_NOUPDATE: 'The guest has validated the page already.',
  SBI_ERR_FAILED: 'The TSM refuses, and says no more: the fence is not complete.',
  SBI_ERR_INVALID_ADDRESS: 'The page is not in the state that the call takes.',
  SBI_ERR_ALREADY_STARTED: 'The fence before is not complete.',
  RMI_ERROR_INPUT: 'The granule is in a state in which the RMM does not take the command.',
  RMI_ERROR_RTT: 'The RMM walked the RTT to an entry of another level than the command needs.',
  TDX_IOMMU_IOTLB_TRACKING_NOT_DONE: 'An IOMMU may still hold what it cached before the TLB epoch moved.',
  TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED: 'The IOMMU owes no invalidation of what it has cached of the TD.',
  TDX_DMAR_INVALID_MAPPING_STATE: 'The entry for the device is in a state in which the call is not allowed.',
  TDX_DMAR_INVALID_INV_STATE: 'The invalidation of the entry for the device is not where the call needs it.',
  TDX_DEVIF_TDISP_INVALID_STATE: 'The interface of the device is in a state in which the call is not allowed.',
  SDTE_WRITE_TDI_NOT_BOUND: 'The interface of the device is not bound to the guest.',
  RSI_ERROR_DEVICE: 'The device, or the evidence that the realm names, is not what the call needs.',
  EHWPOISON: 'The page is lost: it was taken from the guest.',
}
