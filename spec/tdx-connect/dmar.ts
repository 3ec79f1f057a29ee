import type { Rule } from '../rule.js'
import { tdxModule20 } from '../sources.js'

export const dmarAddFree = {
  id: 'tdx.dmar/add-from-free',
  statement: 'DMAR.ADD needs a free entry, else TDX_DMAR_INVALID_MAPPING_STATE, and leaves a PASID entry pending.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_dmar_add.c; src/common/tdxio/dmar.c, dmar_pasidte_add()',
} as const satisfies Rule

export const dmarAcceptByGuest = {
  id: 'tdx.dmar/accept',
  statement:
    'A PASID entry leads nowhere until the TD that owns the interface accepts it: then it leads to the root of the ' +
    'secure EPT, both halves of it.',
  force: 'must',
  source: tdxModule20,
  at: 'src/td_dispatcher/vm_exits/tdxio/tdg_dmar_accept.c, slptptr',
} as const satisfies Rule

export const dmarAcceptState = {
  id: 'tdx.dmar/accept-state',
  statement: 'DMAR.ACCEPT of an entry that is neither pending nor present fails with TDX_DMAR_INVALID_MAPPING_STATE.',
  force: 'must',
  source: tdxModule20,
  at: 'src/td_dispatcher/vm_exits/tdxio/tdg_dmar_accept.c, DMAR_PENDING',
} as const satisfies Rule

export const dmarAcceptLocked = {
  id: 'tdx.dmar/accept-locked',
  statement: 'DMAR.ACCEPT needs an interface that is locked or runs, else TDX_DEVIF_TDISP_INVALID_STATE.',
  force: 'must',
  source: tdxModule20,
  at: 'src/td_dispatcher/vm_exits/tdxio/tdg_dmar_accept.c, TDISP_STATE_CONFIG_LOCKED',
} as const satisfies Rule

export const dmarBlockStates = {
  id: 'tdx.dmar/block-states',
  statement:
    'DMAR.BLOCK turns a pending or present entry into a blocked one whose invalidation is pending; of any other it ' +
    'fails with TDX_DMAR_INVALID_MAPPING_STATE.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_dmar_block.c, DMAR_PASIDTE_BLOCKED',
} as const satisfies Rule

export const dmarRemoveBlocked = {
  id: 'tdx.dmar/remove-blocked',
  statement: 'DMAR.REMOVE of an entry that is not blocked fails with TDX_DMAR_INVALID_MAPPING_STATE.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_dmar_remove.c, DMAR_BLOCKED',
} as const satisfies Rule

export const dmarRemoveInvalidated = {
  id: 'tdx.dmar/remove-invalidated',
  statement: 'DMAR.REMOVE before the invalidation of the entry is done fails with TDX_DMAR_INVALID_INV_STATE.',
  force: 'must',
  source: tdxModule20,
  at: 'src/vmm_dispatcher/api_calls/tdxio/tdh_dmar_remove.c, DMAR_INV_DONE',
} as const satisfies Rule

export const dmarRemoveTracked = {
  id: 'tdx.dmar/remove-tracked',
  statement:
    'DMAR.REMOVE of an entry that was accepted fails with TDX_IOMMU_IOTLB_TRACKING_NOT_DONE while any IOMMU of the ' +
    'TD owes the invalidation of the last epoch.',
  force: 'must',
  source: tdxModule20,
  at: 'src/common/tdxio/dmar.c, dmar_pasidte_remove(), prev_iotlb_cnt',
} as const satisfies Rule
