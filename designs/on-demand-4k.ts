import type { Plan } from '../model/plan/plan.js'
import type { Design } from './design.js'
import { connectCallsWithoutFlushWait } from './drivers/architectures/kvm-connect.js'
import { coveCallsWithoutFlushWait } from './drivers/architectures/kvm-cove.js'
import { snpCallsWithoutFlushWait } from './drivers/architectures/kvm-snp.js'
import { iommufd, iommufdBeside, iommufdLazy, iommufdTableLost } from './drivers/iommufd.js'
import { iommufdCompat } from './drivers/iommufd-compat.js'
import { iommufdFile } from './drivers/iommufd-file.js'
import { kvmCallsWithoutFlushWait } from './drivers/kvm.js'
import { type1v1, type1v2, type1v2Lazy, type1v2TaggedLate, type1v2Untagged } from './drivers/vfio-type1.js'
import { toPrivateBy, toSharedBy } from './vocabulary/conversions.js'
import {
  eachMappedPage,
  eachPrivateMappedPage,
  eachPrivatePage,
  eachSharedUnmappedPage,
  eachSharedUnmappedRun,
  eachUnmappedPage,
} from './vocabulary/loops.js'
import { allPages, chunk, page, run } from './vocabulary/ranges.js'
import { acquire, release } from './vocabulary/steps.js'
import { shareAgain, unshareAgain } from './vocabulary/undo.js'

const unmapPages: Plan = [{ each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page }] }]
const mapPages: Plan = [{ each: eachUnmappedPage(chunk), body: [{ call: 'map', on: page }] }]

/** Pages that do not become private after all are mapped again. */
const undoPrivate: Plan = [
  ...shareAgain,
  { each: eachSharedUnmappedPage(chunk), body: [{ call: 'map', on: page, fail: 'ignore' }] },
]

/** One mapping a page: nothing else is touched by a conversion; the price is entries, tables and IOTLB misses. */
export const onDemand4k: Design = {
  name: 'on-demand-4k',
  summary: 'Maps what is shared, one 4 KiB mapping a page from the start.',
  source: "the 2021 thread's conclusion: only 4K mappings for shared pages",
  lock: 'one lock per VM around a conversion',
  drivers: [type1v2, iommufd, iommufdCompat, type1v1],
  backings: ['separate', 'in-place'],
  boot: [{ each: eachSharedUnmappedPage(allPages), body: [{ call: 'map', on: page }] }],
  toPrivate: toPrivateBy(unmapPages),
  undoPrivate,
  toShared: toSharedBy(mapPages),
  undoShared: unshareAgain(),
}

/** DPDK 016763c: maps in one go what it later unmaps in pieces, and ignores the EINVAL. */
export const superpageAtStart: Design = {
  ...onDemand4k,
  variant: 'superpage-at-start',
  summary: 'Maps the superpage at start, unmaps by page, and ignores the EINVAL that this meets.',
  source: 'DPDK 016763c, which reverts d1c7c0c ("map contiguous areas in one go")',
  drivers: [type1v2],
  boot: [{ each: eachSharedUnmappedRun(allPages), body: [{ call: 'map', on: run }] }],
  toPrivate: toPrivateBy([{ each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page, fail: 'ignore' }] }]),
}

/** The order that looks faster: DMA works before the attribute says so. */
export const mapFirst: Design = {
  ...onDemand4k,
  variant: 'map-first',
  summary: 'Maps a page for DMA before its attribute says shared.',
  source: 'the other order of the same two steps',
  drivers: [type1v2, iommufd],
  toShared: [
    acquire('vm'),
    ...mapPages,
    { call: 'set-shared', on: chunk },
    { call: 'discard-private', on: chunk },
    release('vm'),
  ],
  undoShared: [
    { each: eachPrivateMappedPage(chunk), body: [{ call: 'unmap', on: page, fail: 'ignore' }] },
    { each: eachPrivatePage(chunk), body: [{ call: 'discard-shared', on: page }] },
  ],
}

/** No HVA is asked for, and no entry limit met; guest_memfd itself is refused. */
export const fdOffset: Design = {
  ...onDemand4k,
  name: 'fd-offset',
  summary: 'Maps on demand, a page at a time, by file descriptor and offset instead of HVA.',
  source: 'Kevin Tian, 1 Sep 2021; IOMMU_IOAS_MAP_FILE in Linux 7.2',
  drivers: [iommufdFile],
}

/** Cheaper per page; the price is a window in which the device still reaches the page. */
export const deferredFlush: Design = {
  ...onDemand4k,
  name: 'deferred-flush',
  summary: 'Clears, unpins and converts at once; invalidates later, in batches.',
  source: "Linux 7.2 drivers/iommu/dma-iommu.c, lazy mode, used where VFIO's rule would forbid it",
  drivers: [type1v2Lazy, iommufdLazy],
}

/** What a vCPU still holds of a page is counted on to be gone, and is not. */
export const cpuFlushNotAwaited: Design = {
  ...onDemand4k,
  variant: 'cpu-flush-not-awaited',
  summary: 'KVM asks the vCPUs to flush and continues before they have.',
  source: 'Linux 7.2 kvm_make_vcpus_request_mask() without KVM_REQUEST_WAIT; seen with parts cpuFlush content',
  kvm: kvmCallsWithoutFlushWait,
  kvmOn: {
    'sev-snp': snpCallsWithoutFlushWait,
    'riscv-cove': coveCallsWithoutFlushWait,
    'tdx-connect': connectCallsWithoutFlushWait,
  },
}

/** The flush of an unmap goes to the devices that had ATS when they were attached. */
export const atsUntagged: Design = {
  ...onDemand4k,
  variant: 'ats-untagged',
  summary: 'Maps on demand, over an IOMMU driver that turns ATS on and sends flushes only to who had it before.',
  source: 'Linux 7.2 intel_iommu_probe_finalize() without its cache_tag_assign()',
  scope: { lateAts: true },
  drivers: [type1v2Untagged, type1v2TaggedLate],
}

/** QEMU's order: with two backings only the unmap before the discard matters. */
export const attributesFirst: Design = {
  ...onDemand4k,
  name: 'attributes-first',
  summary: 'Sets the attribute, then unmaps DMA, then discards.',
  source: 'QEMU 10.1 accel/kvm/kvm-all.c, kvm_convert_memory()',
  lock: 'none of its own in QEMU; here one per VM around a conversion',
  drivers: [iommufd, type1v2],
  toPrivate: [
    acquire('vm'),
    { call: 'set-private', on: chunk },
    ...unmapPages,
    { call: 'discard-shared', on: chunk },
    release('vm'),
  ],
  /** QEMU leaves the attribute as it is when a later step fails (`kvm.vmm/qemu-no-rollback`). */
  undoPrivate: [],
  toShared: [
    acquire('vm'),
    { call: 'set-shared', on: chunk },
    ...mapPages,
    { call: 'discard-private', on: chunk },
    release('vm'),
  ],
  undoShared: [],
}

/** The same order, and every step undone: what QEMU lacks. */
export const attributesFirstUndone: Design = {
  ...attributesFirst,
  variant: 'undone',
  summary: 'Sets the attribute, then unmaps DMA, then discards; a step that fails takes back those before it.',
  source: "QEMU's order of the steps, with the undo plans of on-demand-4k",
  drivers: [iommufd],
  undoPrivate,
  undoShared: unshareAgain(),
}

/** Two vCPUs that map pages of one region at once may each find no table there, and make one. */
export const mapsAtOnce: Design = {
  ...onDemand4k,
  variant: 'maps-at-once',
  summary: 'Maps outside of the lock of the VM; a table that another put in first is used, and the own one freed.',
  source: 'Linux 7.2 iopt_map_pages(), whose domains_rwsem lets maps of several areas write at once',
  lock: 'one lock per VM around attributes and discards, and around a conversion to private',
  drivers: [iommufdBeside],
  toShared: [
    acquire('vm'),
    { call: 'set-shared', on: chunk },
    { call: 'discard-private', on: chunk },
    release('vm'),
    { each: eachUnmappedPage(chunk), body: [{ call: 'map', on: page }] },
  ],
}

export const tableStored: Design = {
  ...mapsAtOnce,
  variant: 'table-stored',
  summary: 'Maps outside of the lock of the VM, over an IOMMU driver that puts a new table over the one that is there.',
  source: 'Linux 7.2 pt_iommu_new_table() with a store in the place of its compare-exchange',
  drivers: [iommufdTableLost],
}
