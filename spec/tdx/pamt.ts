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

export const pamtDynamic = {
  id: 'tdx.pamt/dynamic',
  statement:
    'Where the PAMT is dynamic, a frame of 4 KiB is given to a TD only after the host has added the pair of PAMT ' +
    'pages for its 2 MiB, else TDX_MISSING_PAMT_PAGE_PAIR; a page of such a pair is given to no TD.',
  force: 'must',
  source: tdxModule15,
  at: 'src/common/helpers/helpers.c, non_shared_hpa_metadata_check_and_lock(), dynamic_pamt_enabled; not in 1.5.01',
} as const satisfies Rule
