import type { Rule } from '../rule.js'
import { linux72 } from '../sources.js'

export const punchFreesUnpinned = {
  id: 'kvm.host-memory/punch-frees',
  statement: 'Punching the shared file takes the page out of it and frees it if nothing else holds it.',
  force: 'must',
  source: linux72,
  at: 'mm/shmem.c, shmem_fallocate(), shmem_truncate_range()',
} as const satisfies Rule

export const punchOrphansPinned = {
  id: 'kvm.host-memory/punch-orphans',
  statement: 'A pinned page that is punched out stays allocated: an orphan that only its pin holds.',
  force: 'must',
  source: linux72,
  at: 'mm/shmem.c, shmem_truncate_range(); observed on 6.12 and 7.2',
} as const satisfies Rule

export const punchRefused = {
  id: 'kvm.host-memory/punch-refused',
  statement:
    'Punching the shared file fails with EPERM, and changes nothing, if it is sealed against writes, or on Linux 7.2 ' +
    'frozen for a live update.',
  force: 'must',
  source: linux72,
  at: 'mm/shmem.c, shmem_fallocate(), F_SEAL_WRITE, F_SEAL_FUTURE_WRITE, SHMEM_F_MAPPING_FROZEN',
} as const satisfies Rule

export const dontneedOrphansPinned = {
  id: 'kvm.host-memory/dontneed-orphans',
  statement: 'MADV_DONTNEED on anonymous memory likewise leaves a pinned page to its pin.',
  force: 'must',
  source: linux72,
  at: 'mm/madvise.c, madvise_dontneed_free(); observed on 6.12 and 7.2',
} as const satisfies Rule

export const discardUnseenByDevice = {
  id: 'kvm.host-memory/discard-unseen',
  statement: 'A discard leaves DMA mappings alone: the device continues with the old page and no fault occurs.',
  force: 'must',
  source: linux72,
  at: 'mm/shmem.c, shmem_fallocate(); observed on 6.12 and 7.2',
} as const satisfies Rule

export const munmapUnseenByDevice = {
  id: 'kvm.host-memory/munmap-unseen',
  statement: 'So does munmap of the HVA that was mapped for DMA.',
  force: 'must',
  source: linux72,
  at: 'mm/vma.c, do_vmi_munmap(); observed on 6.12 and 7.2',
} as const satisfies Rule

export const lastUnpinFreesOrphan = {
  id: 'kvm.host-memory/last-unpin-frees',
  statement: 'The last unpin of an orphan frees it.',
  force: 'must',
  source: linux72,
  at: 'mm/gup.c, unpin_user_pages()',
} as const satisfies Rule

export const touchAllocatesFresh = {
  id: 'kvm.host-memory/touch-allocates',
  statement: 'The next touch of a discarded page allocates a fresh, zeroed one, whatever a device still reaches.',
  force: 'must',
  source: linux72,
  at: 'mm/shmem.c, shmem_get_folio_gfp(); observed on 6.12 and 7.2',
} as const satisfies Rule

export const gupPopulates = {
  id: 'kvm.host-memory/gup-populates',
  statement: 'Pinning an HVA whose page is absent allocates the page.',
  force: 'must',
  source: linux72,
  at: 'mm/gup.c, faultin_page()',
} as const satisfies Rule

export const gupNeedsHva = {
  id: 'kvm.host-memory/gup-needs-hva',
  statement: 'A gfn without an HVA cannot be pinned by HVA: EFAULT.',
  force: 'must',
  source: linux72,
  at: 'mm/gup.c, __get_user_pages()',
} as const satisfies Rule

export const pinHoldsFrame = {
  id: 'kvm.host-memory/pin-holds-frame',
  statement: 'While a page is pinned its frame is neither freed, moved nor given to another use.',
  force: 'must',
  source: linux72,
  at: 'mm/gup.c, FOLL_LONGTERM',
} as const satisfies Rule

export const reclaimSkipsPinned = {
  id: 'kvm.host-memory/reclaim-skips-pinned',
  statement: 'The host may reclaim or move a shared page at any moment, but not one that is pinned.',
  force: 'may',
  source: linux72,
  at: 'mm/vmscan.c, shrink_folio_list(), folio_maybe_dma_pinned(); mm/migrate.c, folio_migrate_mapping()',
} as const satisfies Rule

export const longtermForDma = {
  id: 'kvm.host-memory/longterm-for-dma',
  statement: 'Pages that a device reaches for long have to be pinned with FOLL_LONGTERM for as long.',
  force: 'must',
  source: linux72,
  at: 'Documentation/core-api/pin_user_pages.rst, CASE 2: RDMA',
} as const satisfies Rule

export const truncateOrphansPinned = {
  id: 'kvm.host-memory/truncate-orphans',
  statement:
    'A process that has the shared file may make it shorter: its pages go, and a pinned one is left to its pin.',
  force: 'may',
  source: linux72,
  at: 'mm/shmem.c, shmem_setattr(), shmem_truncate_range()',
} as const satisfies Rule

export const memfdSealed = {
  id: 'kvm.host-memory/memfd-sealed',
  statement: 'A file with the seal F_SEAL_SHRINK cannot be made shorter: EPERM.',
  force: 'must',
  source: linux72,
  at: 'mm/shmem.c, shmem_setattr(), F_SEAL_SHRINK',
} as const satisfies Rule

export const notifierBeforeFree = {
  id: 'kvm.host-memory/notifier-before-free',
  statement: 'KVM drops its shared mappings of an HVA range before the host frees the pages behind it.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_mmu_notifier_invalidate_range_start()',
} as const satisfies Rule

export const notifierSharedOnly = {
  id: 'kvm.host-memory/notifier-shared-only',
  statement: 'A change of the host mapping touches shared guest mappings only, never the secure EPT.',
  force: 'must',
  source: linux72,
  at: 'virt/kvm/kvm_main.c, kvm_handle_hva_range(), KVM_FILTER_SHARED',
} as const satisfies Rule

export const dmaHasNoNotifier = {
  id: 'kvm.host-memory/no-dma-notifier',
  statement: 'VFIO and iommufd rest on pins; a change of the host mapping neither unmaps nor repoints DMA.',
  force: 'must',
  source: linux72,
  at: 'drivers/vfio/vfio_iommu_type1.c, pins and no mmu notifier',
} as const satisfies Rule

export const dontneedLocked = {
  id: 'kvm.host-memory/dontneed-locked',
  statement: 'MADV_REMOVE fails with EINVAL on locked memory, and MADV_DONTNEED on such that is not hugetlb.',
  force: 'must',
  source: linux72,
  at: 'mm/madvise.c, madvise_dontneed_free_valid_vma(), madvise_remove()',
} as const satisfies Rule

export const dontneedSharedFile = {
  id: 'kvm.host-memory/dontneed-shared-file',
  statement: 'MADV_DONTNEED on a shared file mapping drops the mapping and frees no page.',
  force: 'must',
  source: linux72,
  at: 'mm/madvise.c, madvise_dontneed_single_vma(); reported in firecracker #6235',
} as const satisfies Rule

export const largeFolioZeroed = {
  id: 'kvm.host-memory/large-folio-zeroed',
  statement:
    'A hole in a part of a large page that cannot be split, as one that is pinned, zeroes that part and ' +
    'frees nothing; the call succeeds.',
  force: 'must',
  source: linux72,
  at: 'mm/truncate.c, truncate_inode_partial_folio(); own reading',
} as const satisfies Rule
