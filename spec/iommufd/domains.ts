import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

// Tables, the pages behind them, and what is counted.

export const iommufdPinOnce = {
  id: 'iommufd.domains/pinned-once',
  statement: 'The pages behind an area are pinned once, however many domains map them.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, iopt_pages, iopt_area_fill_domains()',
} as const satisfies Rule

export const iommufdReplaceFills = {
  id: 'iommufd.domains/replace-fills-first',
  statement: 'A table that is to replace another is filled from every area before the device is switched to it.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/hw_pagetable.c, iommufd_hwpt_paging_alloc()',
} as const satisfies Rule

export const iommufdReplaceOrder = {
  id: 'iommufd.domains/replace-order',
  statement:
    'A replace switches the device first, and empties the old table only when no device uses it any more; one that ' +
    'user space allocated stays filled until user space destroys it.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/device.c, iommufd_device_do_replace(); iommufd_private.h, iommufd_hw_pagetable_put()',
} as const satisfies Rule

export const iommufdDetachEmpties = {
  id: 'iommufd.domains/detach-empties',
  statement:
    'Removing a table clears and flushes its entries, and unpins only pages that no other table or user holds.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_table_remove_domain(), iopt_unfill_domain()',
} as const satisfies Rule

export const iommufdCopy = {
  id: 'iommufd.copy/shares-pins',
  statement: 'A copy makes a new area over the same pages and pins and counts nothing again.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/ioas.c, iommufd_ioas_copy(); io_pagetable.c, iopt_get_pages()',
} as const satisfies Rule

export const iommufdCopyRights = {
  id: 'iommufd.copy/rights',
  statement: 'A copy with the right to write, of pages that were mapped without it, fails with EPERM.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_insert_area(), pages->writable',
} as const satisfies Rule

export const iommufdAccounting = {
  id: 'iommufd.accounting/rlimit',
  statement:
    'Pinned pages count once per set of pages, against the user by default or against the process in the mode ' +
    'for it.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, iopt_pages_update_pinned(), in 6.12 do_update_pinned(); observed as VmPin',
} as const satisfies Rule

export const iommufdNoSplit = {
  id: 'iommufd.domains/no-split',
  statement: 'No native call splits an area, changes its rights or replaces its pages.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_area_split(), reached from iopt_cut_iova() only',
} as const satisfies Rule

export const iommufdFillAtAttach = {
  id: 'iommufd.domains/fill-at-attach',
  statement:
    'An area that is made while no table is attached has neither pins nor entries; attaching the first table pins ' +
    'and maps every area, and fails as a map would. The device is in the table by then.',
  force: 'must',
  source: linux72,
  at:
    'drivers/iommu/iommufd/io_pagetable.c, iopt_table_add_domain(), iopt_fill_domain(); hw_pagetable.c, ' +
    'iommufd_hwpt_paging_alloc(), immediate_attach',
} as const satisfies Rule

export const iommufdAttachUndone = {
  id: 'iommufd.domains/attach-undone',
  statement: 'An attach that fails takes out what it filled, and keeps every area.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_fill_domain(), out_unfill',
} as const satisfies Rule

export const iommufdEmptyKeepsAreas = {
  id: 'iommufd.domains/empty-keeps-areas',
  statement: 'When the last table goes, entries and pins go with it; the areas stay, to be filled at the next attach.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/io_pagetable.c, iopt_table_remove_domain(), iopt_unfill_domain()',
} as const satisfies Rule

export const iommufdDomainsAlone = {
  id: 'iommufd.domains/change-alone',
  statement:
    'A table comes to the areas, or leaves them, while no map or unmap is under way: it holds domains_rwsem for ' +
    'writing, and they hold it for reading.',
  force: 'must',
  source: linux72,
  at:
    'drivers/iommu/iommufd/io_pagetable.c, iopt_table_add_domain(), iopt_table_remove_domain(), iopt_map_pages(), ' +
    'iopt_unmap_iova_range()',
} as const satisfies Rule

export const iommufdDetachBeforeEmpty = {
  id: 'iommufd.domains/device-leaves-first',
  statement: 'A device is detached from its table before the table is emptied.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/device.c, iommufd_device_detach(), iommufd_hw_pagetable_detach()',
} as const satisfies Rule
