import type { Rule } from '../rule.js'
import { linux72, linux612 } from '../sources.js'

// Against whom iommufd counts what it pins, and what it does not count.

export const iommufdAccountUser = {
  id: 'iommufd.accounting/user',
  statement:
    'By default pins count against the user who mapped, over all of the processes of that user, up to RLIMIT_MEMLOCK ' +
    'of the mapping process.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, incr_user_locked_vm()',
} as const satisfies Rule

export const iommufdAccountProcess = {
  id: 'iommufd.accounting/process',
  statement:
    'With RLIMIT_MODE 1, or opened as /dev/vfio/vfio, pins count against the process as those of type1 do; the mode ' +
    'is set before the first object, with CAP_SYS_RESOURCE.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/ioas.c, iommufd_option_rlimit_mode(); main.c, iommufd_fops_open()',
} as const satisfies Rule

export const iommufdChangeProcess = {
  id: 'iommufd.accounting/change-process',
  statement:
    'IOMMU_IOAS_CHANGE_PROCESS moves the charges of all areas to the calling process, and fails with EINVAL if one ' +
    'is mapped by address or is a dma-buf, and with EBUSY if one is under construction.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/ioas.c, iommufd_ioas_change_process()',
} as const satisfies Rule

export const iommufdAccountPrivileged = {
  id: 'iommufd.accounting/privileged',
  statement: 'What a process with CAP_IPC_LOCK maps is not counted at all.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, iopt_alloc_pages(), IOPT_PAGES_ACCOUNT_NONE',
} as const satisfies Rule

export const iommufdAccountDmabuf = {
  id: 'iommufd.accounting/dmabuf',
  statement: 'A dma-buf is mapped by its file, without pins of pages and without being counted.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, iopt_alloc_dmabuf_pages()',
} as const satisfies Rule

export const iommufdMapMmio = {
  id: 'iommufd.map/mmio-by-address',
  statement: 'A map of an address that leads to device memory fails with EFAULT.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, pfn_reader_user_pin(), pin_user_pages_fast()',
} as const satisfies Rule

export const iommufdDmabufRevoked = {
  id: 'iommufd.map/dmabuf-revoked',
  statement: 'When the exporter revokes a dma-buf its entries are cleared in every table, and the area stays.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/iommufd/pages.c, iopt_revoke_notify()',
} as const satisfies Rule

export const iommufdDmabufAbsent612 = {
  id: 'iommufd.map/dmabuf-absent-6-12',
  statement: 'Linux 6.12 maps no dma-buf, so device memory cannot be mapped through iommufd at all.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/iommufd/, no IOPT_ADDRESS_DMABUF',
} as const satisfies Rule
