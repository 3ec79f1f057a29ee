import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

// What a group finds that joins a type1 container.

export const typeAttachEmptyFirst = {
  id: 'vfio.attach/empty-first',
  statement:
    'A group that joins is attached to an empty domain first, and then to one that fits it, or to its own with all ' +
    'mappings replayed.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group()',
} as const satisfies Rule

export const typeAttachReplay = {
  id: 'vfio.attach/replay',
  statement:
    'A new domain gets every mapping, of the frames that are pinned already, or, if none was, of those that are ' +
    'pinned now in the address space of the process that attaches.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_iommu_replay(); vfio_pin_pages_remote(): current->mm; 6.12 alike',
} as const satisfies Rule

export const typeAttachRefused = {
  id: 'vfio.attach/refused',
  statement:
    'A group does not join while the address of a mapping is invalid (EBUSY), nor where a mapping lies outside the ' +
    'aperture of its domain or in a region that is reserved for it (EINVAL).',
  force: 'must',
  source: linux72,
  at:
    'drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group(): vaddr_invalid_count, ' +
    'vfio_iommu_aper_conflict(), vfio_iommu_resv_conflict(); 6.12 alike',
} as const satisfies Rule

export const typeAttachUndone = {
  id: 'vfio.attach/replay-undone',
  statement:
    'A replay that fails takes its entries and new pins out again and keeps the mappings; the group stays out.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_iommu_replay(), unwind',
} as const satisfies Rule

export const typeMapWithoutDomain = {
  id: 'vfio.attach/no-domain-yet',
  statement: 'A map into a container whose groups have no IOMMU succeeds without pins and entries.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), domain_list',
} as const satisfies Rule
