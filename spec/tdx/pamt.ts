import type { Rule } from '../rule.js'
import { tdxModule15 } from '../sources.js'

export const frameNeedsNda = {
  id: 'tdx.pamt/needs-nda',
  statement: 'A frame is given to a TD only if its type is NDA, else TDX_PAGE_METADATA_INCORRECT.',
  force: 'must',
  source: tdxModule15,
  at: 'src/common/helpers/helpers.c, non_shared_hpa_metadata_check_and_lock()',
} as const satisfies Rule

export const pageIsReg = {
  id: 'tdx.pamt/page-reg',
  statement: 'A frame given by PAGE.AUG or PAGE.ADD has type REG and names its TD as owner.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_page_aug.c, PT_REG',
} as const satisfies Rule

export const tableIsEpt = {
  id: 'tdx.pamt/table-ept',
  statement: 'A frame given by SEPT.ADD has type EPT and is initialised under the key of the TD.',
  force: 'must',
  source: tdxModule15,
  at: 'src/vmm_dispatcher/api_calls/tdh_mem_sept_add.c, PT_EPT',
} as const satisfies Rule

export const oneOwner = {
  id: 'tdx.pamt/one-owner',
  statement: 'A frame has one type and at most one TD that owns it at a time.',
  force: 'must',
  source: tdxModule15,
  at: 'src/common/memory_handlers/pamt_manager.h, page_type_t',
} as const satisfies Rule
