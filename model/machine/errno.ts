/** How a call fails, in the words of its interface. 0 is success. */
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
] as const

export type ErrnoName = (typeof errnoNames)[number]

export const Errno = Object.fromEntries(errnoNames.map((name, index) => [name, index])) as Readonly<
  Record<ErrnoName, number>
>
