import type { Rule } from '../rule.js'
import { linux72, linux612, qemu72 } from '../sources.js'

// The host's tables of AMD's unit (version 1), as Linux fills them. On 7.2 they are generic ones, as those of VT-d are.

export const amdViRights = {
  id: 'amdvi.tables/rights-have-bits',
  statement: 'Each right has a bit of its own, and Linux sets those asked for: a write-only mapping refuses reads.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/amd/io_pgtable.c, iommu_v1_map_pages(); 7.2: generic_pt/fmt/amdv1.h, amdv1pt_iommu_set_prot()',
} as const satisfies Rule

export const amdViLeafSizes = {
  id: 'amdvi.tables/any-power-of-two',
  statement:
    'A leaf has the size of any power of two from 4 KiB to 2 PiB, but 512 GiB; one between the sizes of two levels ' +
    'stands in several entries in a row.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/generic_pt/fmt/amdv1.h, amdv1pt_possible_sizes(); 6.12: AMD_IOMMU_PGSIZES, first_pte_l7()',
} as const satisfies Rule

export const amdViMapReplaces612 = {
  id: 'amdvi.tables/map-replaces-6-12',
  statement:
    'A map of Linux 6.12 takes the place of whatever is there: an entry is cleared before it is stored, and a larger ' +
    'leaf makes way for an empty table by one store, so that the rest of it is gone. Behind tables, which it frees ' +
    'then, and larger leaves it flushes its part; behind a leaf of the same size it does not.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/amd/io_pgtable.c, iommu_v1_map_pages(), free_clear_pte(), alloc_pte(): what sets `updated`',
} as const satisfies Rule

export const amdViUnmapTakesLeaf612 = {
  id: 'amdvi.tables/part-takes-leaf-6-12',
  statement:
    'An unmap of Linux 6.12 that meets a part of a leaf clears all of it, wherever in it the range begins, and ' +
    'counts all of it.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/amd/io_pgtable.c, iommu_v1_unmap_pages(), fetch_pte()',
} as const satisfies Rule

export const amdViCountRunsAhead612 = {
  id: 'amdvi.tables/count-runs-ahead-6-12',
  statement:
    'The core of Linux continues behind an unmap of the driver by what it counted. Of one that began inside a leaf ' +
    'that is more than what lay behind its begin: as much of the next entries is passed over, or not removed at the ' +
    'end, and counted. What is invalidated begins where the range did, and has the length that was counted.',
  force: 'must',
  source: linux612,
  at:
    'drivers/iommu/iommu.c, __iommu_unmap(); amd/io_pgtable.c, iommu_v1_unmap_pages(): iova goes to the end of the ' +
    'leaf, unmapped by its size; amd/iommu.c, amd_iommu_unmap_pages()',
} as const satisfies Rule

export const amdViTablesStay612 = {
  id: 'amdvi.tables/unmap-keeps-tables-6-12',
  statement:
    'An unmap of Linux 6.12 clears the entries of a table one by one and leaves the table, empty or not, until a ' +
    'larger leaf takes its place or the domain ends.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/amd/io_pgtable.c, iommu_v1_unmap_pages(), free_clear_pte(), v1_free_pgtable()',
} as const satisfies Rule

export const amdViSizesLimited = {
  id: 'amdvi.tables/sizes-limited',
  statement:
    'With the kernel parameter amd_iommu=v2_pgsizes_only leaves have 4 KiB, 2 MiB or 1 GiB alone; the code that ' +
    'stores and removes them is the same.',
  force: 'may',
  source: linux612,
  at:
    'drivers/iommu/amd/init.c, parse_amd_iommu_options(), AMD_IOMMU_PGSIZES_V2; 7.2: iommu.c, ' +
    'amd_iommu_domain_alloc_paging_v1()',
} as const satisfies Rule

export const amdViUnmapAtHole612 = {
  id: 'amdvi.tables/hole-counts-6-12',
  statement:
    'An unmap of Linux 6.12 counts an empty entry of a table of 4 KiB entries as removed, and stops where there is ' +
    'no table.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/amd/io_pgtable.c, iommu_v1_unmap_pages(), fetch_pte()',
} as const satisfies Rule

export const amdViReserved = {
  id: 'amdvi.tables/hypertransport-reserved',
  statement:
    'Tables of six levels translate every address; the range of HyperTransport, the last 12 GiB below 1 TiB, is ' +
    'reserved at each device, on 7.2 unless the unit says that it ignores it.',
  force: 'must',
  source: linux612,
  at:
    'drivers/iommu/amd/iommu.c, amd_iommu_get_resv_regions(), HT_RANGE_START, dma_max_address(); observed; 7.2: ' +
    'amd_iommu_ht_range_ignore()',
} as const satisfies Rule

// When Linux's driver for AMD's unit invalidates.

export const amdViFlushAtMap = {
  id: 'amdvi.invalidation/np-cache',
  statement:
    "A unit whose capability says NpCache may cache entries that are not present, and there Linux's driver " +
    'invalidates the range of each map.',
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/amd/init.c, IOMMU_CAP_NPCACHE; iommu.c, domain_flush_np_cache(); 7.2: amd_iommu_iotlb_sync_map()',
} as const satisfies Rule

export const amdViCoversPowerOfTwo = {
  id: 'amdvi.invalidation/one-power-of-two',
  statement:
    'An invalidation names one aligned range of a power of two, and so covers more than a range that is none. Under ' +
    'NpCache Linux cuts the range into such pieces instead.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/amd/iommu.c, build_inv_address(), amd_iommu_domain_flush_pages(); the same on 6.12',
} as const satisfies Rule

export const amdViDirectories = {
  id: 'amdvi.invalidation/directory-entries',
  statement:
    'An invalidation drops cached directory entries where its PDE bit is set. Linux 7.2 sets it behind an unmap that ' +
    'freed tables, and 6.12 always.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/amd/iommu.c, amd_iommu_iotlb_sync(), CMD_INV_IOMMU_PAGES_PDE_MASK; 6.12: build_inv_iommu_pages()',
} as const satisfies Rule

export const amdViDevicesBehind = {
  id: 'amdvi.invalidation/devices-behind',
  statement:
    "Linux's driver queues the invalidations of devices behind those of the units, without a wait between them, and " +
    'waits once for all.',
  force: 'must',
  source: linux72,
  at: 'drivers/iommu/amd/iommu.c, __domain_flush_pages(), domain_flush_complete(); the same on 6.12',
} as const satisfies Rule

export const amdViBlocksBetween = {
  id: 'amdvi.invalidation/detaches-first',
  statement:
    "To move a device to another domain Linux's driver detaches it first: its table entry is cleared, and the old " +
    "domain's translations are flushed.",
  force: 'must',
  source: linux612,
  at: 'drivers/iommu/amd/iommu.c, amd_iommu_attach_device(), detach_device(); the same on 7.2',
} as const satisfies Rule

// Where QEMU's unit behaves in one way of several, or in a way of its own.

export const amdViQemuTellsNoFault = {
  id: 'amdvi.qemu/tells-no-fault',
  statement:
    'The unit of QEMU 7.2 logs no event: the test for a log that has overflowed is always true, since it sets the ' +
    'bit in what it looks at; and an entry that is zero ends a walk without an event.',
  force: 'must',
  source: qemu72,
  at: 'hw/i386/amd_iommu.c, amdvi_test_mask(), amdvi_log_event(), amdvi_page_walk(); mended at 01f599d39c0e',
} as const satisfies Rule

export const amdViQemuFlushesDomain = {
  id: 'amdvi.qemu/flushes-domain',
  statement:
    "An invalidation of pages drops all that the unit of QEMU has of the domain, whatever the command's range.",
  force: 'must',
  source: qemu72,
  at: 'hw/i386/amd_iommu.c, amdvi_inval_pages()',
} as const satisfies Rule
