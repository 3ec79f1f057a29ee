import type { Design } from './design.js'
import { iommufd } from './drivers/iommufd.js'
import { type1v1Sized, type1v2 } from './drivers/vfio-type1.js'
import { onDemand4k, superpageAtStart } from './on-demand-4k.js'
import { someDevice } from './vocabulary/conditions.js'
import { toPrivateBy, toSharedBy } from './vocabulary/conversions.js'
import { eachMappedPage, eachPageOf, eachSharedUnmappedPage, eachUnmappedPage } from './vocabulary/loops.js'
import { allPages, chunk, hull, leftOfChunk, page, rightOfChunk } from './vocabulary/ranges.js'
import { tookOther } from './vocabulary/removed.js'
import { acquire, findHull, release } from './vocabulary/steps.js'

// Variants of on-demand-4k for what else a host meets than requests that change something.

/** A page that is mapped already cannot be mapped, and one that is not cannot be unmapped: each call refuses. */
export const unskipped: Design = {
  ...onDemand4k,
  variant: 'unskipped',
  summary: 'Maps and unmaps each page that is asked for, without a look at whether that is so already.',
  source: 'QEMU 10.1 ram_block_attributes_state_change() without its branches for pages that are so already',
  scope: { requests: 'pages', noops: true },
  drivers: [type1v2, iommufd],
  toPrivate: toPrivateBy([{ each: eachPageOf(chunk), body: [{ call: 'unmap', on: page }] }]),
  toShared: toSharedBy([{ each: eachPageOf(chunk), body: [{ call: 'map', on: page }] }]),
}

/** What the kernel has dropped with the last device is mapped again with the first; between the two nothing is. */
export const replays: Design = {
  ...onDemand4k,
  variant: 'replays',
  summary: 'Maps what is shared whenever a device comes, and nothing while there is none.',
  source: 'Cloud Hypervisor, pull request 7329: map again if every device had gone',
  scope: { hotplug: true },
  added: {
    before: [acquire('vm')],
    after: [{ each: eachSharedUnmappedPage(allPages), body: [{ call: 'map', on: page }] }, release('vm')],
  },
  removed: { before: [acquire('vm')], after: [release('vm')] },
  toShared: toSharedBy([
    { when: someDevice, body: [{ each: eachUnmappedPage(chunk), body: [{ call: 'map', on: page }] }] },
  ]),
}

/** A load that strays into a page under conversion wants nothing of it: its access waits until the request is over. */
export const repeatsAtFault: Design = {
  ...onDemand4k,
  variant: 'repeats-at-fault',
  summary: 'Converts at a memory fault, but not a page under conversion: it runs the vCPU again, whose load repeats.',
  source: 'the answer to a stray load that arch/x86/coco/tdx/tdx.c, tdx_early_init(), leaves to the host',
  scope: { implicit: 'both' },
  onFault: 'repeats',
}

/** QEMU asks neither who wants the page converted, nor whether a request is open. */
export const convertsAtFault: Design = {
  ...onDemand4k,
  variant: 'converts-at-fault',
  summary: 'Converts the page of each memory fault to the side of the access.',
  source: 'QEMU 10.1 accel/kvm/kvm-all.c, kvm_cpu_exec(), KVM_EXIT_MEMORY_FAULT',
  scope: { implicit: 'both' },
  drivers: [type1v2, iommufd],
}

/** Version 1 of type1 removes nothing of a mapping that a range starts inside, and all of one whose start it covers. */
export const sizeIgnored: Design = {
  ...superpageAtStart,
  variant: 'size-ignored',
  summary: 'Maps the superpage at start, unmaps by page with version 1 of type1, and takes success for the page.',
  source: 'Linux 6.12 vfio_dma_do_unmap() of version 1, called without a look at the size that it returns',
  drivers: [type1v1Sized],
  toPrivate: toPrivateBy([{ each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page }] }]),
}

export const sizeRead: Design = {
  ...sizeIgnored,
  variant: 'size-read',
  summary: 'The same, but where another size was removed it unmaps the mapping as a whole, and maps the rest again.',
  source: 'Linux 6.12 include/uapi/linux/vfio.h, VFIO_IOMMU_UNMAP_DMA',
  toPrivate: toPrivateBy([
    { note: findHull },
    {
      each: eachMappedPage(chunk),
      body: [
        { call: 'unmap', on: page },
        { when: tookOther, body: [{ call: 'unmap', on: hull }] },
      ],
    },
    { each: eachSharedUnmappedPage(leftOfChunk), body: [{ call: 'map', on: page }] },
    { each: eachSharedUnmappedPage(rightOfChunk), body: [{ call: 'map', on: page }] },
  ]),
}
