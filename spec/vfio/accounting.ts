import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

// What type1 counts: mapping entries and locked pages, under one lock.

export const typeEntryPerMap = {
  id: 'vfio.accounting/entry-per-map',
  statement: 'One entry is charged for each mapping, whatever its size, and given back when it is removed.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), dma_avail; observed',
} as const satisfies Rule

export const typeLimitSampled = {
  id: 'vfio.accounting/limit-sampled',
  statement:
    'The limit is the module parameter, 65535 by default, as it stood when the container got type1 as its driver ' +
    '(VFIO_SET_IOMMU).',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_open(); 492855939bdb; observed',
} as const satisfies Rule

export const typeLockedPages = {
  id: 'vfio.accounting/locked-pages',
  statement:
    'Each page that a mapping pins counts once as locked memory of the process that mapped it, until it is ' +
    'unpinned.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_lock_acct(); observed as VmLck',
} as const satisfies Rule

export const typeKilledKeepsCharge = {
  id: 'vfio.accounting/killed-keeps-charge',
  statement:
    'An unmap whose caller is being killed may leave the pages charged that it has unpinned: the account is not ' +
    'lowered if its lock is not free.',
  force: 'may',
  source: linux72,
  at:
    'drivers/vfio/vfio_iommu_type1.c, vfio_unmap_unpin(): what vfio_lock_acct() returns is ignored; mm_lock_acct(), ' +
    'mmap_write_lock_killable(); 6.12 alike',
} as const satisfies Rule

export const typeChargedToMapper = {
  id: 'vfio.accounting/charged-to-mapper',
  statement:
    'The process that mapped is the one whose account an unmap lowers, though another calls, as after an exec; only ' +
    'an update of the address moves a charge.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_lock_acct(): dma->mm; vfio_change_dma_owner(); 6.12 alike',
} as const satisfies Rule

export const typePinPerMapping = {
  id: 'vfio.accounting/pin-per-mapping',
  statement:
    'Each mapping has a pin of its own for each of its pages: a page of two containers, or of two mappings of one, ' +
    'has two.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vaddr_get_pfns(), put_pfn(): one reference a mapping and page; 6.12 alike',
} as const satisfies Rule

export const typePinKeepsPage = {
  id: 'vfio.accounting/pin-keeps-page',
  statement:
    'A mapping keeps the page that it pinned: after a discard of the backing the device still reaches the old ' +
    'page.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vaddr_get_pfns(), FOLL_LONGTERM; observed',
} as const satisfies Rule

export const typeOneLock = {
  id: 'vfio.accounting/one-lock',
  statement:
    'Maps and unmaps of one container exclude each other from the first look at the mappings to the last effect; ' +
    'only an unmap that asks a driver for pages which it has pinned by itself (mdev) lets others in meanwhile.',
  force: 'must',
  source: linux72,
  at:
    'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), vfio_dma_do_unmap(), iommu->lock; vfio_notify_dma_unmap(); ' +
    '6.12 alike',
} as const satisfies Rule

export const typeNoModify = {
  id: 'vfio.accounting/no-modify',
  statement:
    'A mapping cannot be split, shrunk, grown, moved to other memory or given other rights, only removed and ' +
    'made anew.',
  force: 'must',
  source: linux72,
  at: 'include/uapi/linux/vfio.h, type1: MAP_DMA and UNMAP_DMA only',
} as const satisfies Rule

export const typeMmioFree = {
  id: 'vfio.accounting/mmio-free',
  statement: 'Device memory and reserved pages are mapped without being counted; each mapping still takes an entry.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_pin_pages_remote(), is_invalid_reserved_pfn()',
} as const satisfies Rule
