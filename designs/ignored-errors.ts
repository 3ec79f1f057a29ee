import type { Plan } from '../model/plan/plan.js'
import { qemuStops } from '../spec/index.js'
import type { Design } from './design.js'
import { iommufd } from './drivers/iommufd.js'
import { type1v2FlushByWord, type1v2FlushIgnored, type1v2FlushRepeated } from './drivers/vfio-type1.js'
import { attributesFirst, attributesFirstUndone, onDemand4k } from './on-demand-4k.js'
import { toPrivateBy } from './vocabulary/conversions.js'
import { eachMappedPage, eachRegion, eachSharedUnmappedRun, eachUnmappedPage } from './vocabulary/loops.js'
import { allPages, chunk, page, run } from './vocabulary/ranges.js'
import { acquire, findRegion, release } from './vocabulary/steps.js'

// Designs that differ in what they make of a call that fails: some take it for done, or a part for the whole.

/** A notifier that returns nothing: what fails below it is printed. */
export const attributesFirstIgnoring: Design = {
  ...attributesFirstUndone,
  variant: 'dma-errors-ignored',
  summary: 'Sets the attribute first, and continues whatever became of the DMA map or unmap.',
  source: 'NVIDIA/QEMU pull request 40, first finding of its review (September 2026)',
  drivers: [iommufd],
  toPrivate: [
    acquire('vm'),
    { call: 'set-private', on: chunk },
    { each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page, fail: 'ignore' }] },
    { call: 'discard-shared', on: chunk },
    release('vm'),
  ],
  toShared: [
    acquire('vm'),
    { call: 'set-shared', on: chunk },
    { each: eachUnmappedPage(chunk), body: [{ call: 'map', on: page, fail: 'ignore' }] },
    { call: 'discard-private', on: chunk },
    release('vm'),
  ],
}

export const unmapErrorsIgnored: Design = {
  ...onDemand4k,
  variant: 'unmap-errors-ignored',
  summary: 'Maps on demand, and continues when an unmap fails.',
  source: 'QEMU 10.2 hw/vfio/listener.c, vfio_ram_discard_notify_discard(): the error is printed',
  drivers: [iommufd],
  toPrivate: toPrivateBy([{ each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page, fail: 'ignore' }] }]),
}

/** Safe for DMA; the price is memory that stays allocated twice. */
export const discardErrorsIgnored: Design = {
  ...onDemand4k,
  variant: 'discard-errors-ignored',
  summary: 'Maps on demand, and continues when a discard fails.',
  source: 'the cheapest answer to what OpenVMM pull request 3970 left open: a discard that fails after the attribute',
  drivers: [iommufd],
  backings: ['separate'],
  toPrivate: toPrivateBy([{ each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page }] }], { fail: 'ignore' }),
}

/** What a conversion leaves half done is nothing to a guest that never runs again. */
export const attributesFirstStops: Design = {
  ...attributesFirst,
  variant: 'stops',
  summary: 'Sets the attribute first, and stops the VM at a step that fails; it takes nothing back.',
  source: 'QEMU 10.2 accel/kvm/kvm-all.c, kvm_cpu_exec(), RUN_STATE_INTERNAL_ERROR',
  drivers: [iommufd],
  stops: qemuStops,
}

/** Not even the first region is converted, and a guest that asks as it may is stopped. */
export const oneRegion: Design = {
  ...attributesFirstStops,
  variant: 'one-region',
  summary: 'Sets the attributes of a range, and stops the VM if that reaches into a second memory region.',
  source: 'QEMU accel/kvm/kvm-all.c, kvm_convert_memory(), before the patch of September 2025',
  scope: { regionPages: 1 },
  toPrivate: [
    acquire('vm'),
    { call: 'set-private', on: chunk },
    findRegion(chunk),
    { each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page }] },
    { call: 'discard-shared', on: chunk },
    release('vm'),
  ],
  toShared: [
    acquire('vm'),
    { call: 'set-shared', on: chunk },
    findRegion(chunk),
    { each: eachUnmappedPage(chunk), body: [{ call: 'map', on: page }] },
    { call: 'discard-private', on: chunk },
    release('vm'),
  ],
}

const unmapRegion: Plan = [
  { each: eachMappedPage(run), body: [{ call: 'unmap', on: page }] },
  { call: 'discard-shared', on: run },
]
const mapRegion: Plan = [
  { each: eachUnmappedPage(run), body: [{ call: 'map', on: page }] },
  { call: 'discard-private', on: run },
]

export const regionByRegion: Design = {
  ...oneRegion,
  variant: 'region-by-region',
  summary: 'Sets the attributes of a range, then unmaps or maps and discards region by region; an error stops the VM.',
  source: 'qemu-devel, "accel/kvm: Fix kvm_convert_memory calls crossing memory regions", 18 Sep 2025',
  toPrivate: [
    acquire('vm'),
    { call: 'set-private', on: chunk },
    { each: eachRegion(chunk), body: unmapRegion },
    release('vm'),
  ],
  toShared: [
    acquire('vm'),
    { call: 'set-shared', on: chunk },
    { each: eachRegion(chunk), body: mapRegion },
    release('vm'),
  ],
}

/** The first region is converted when the second one fails. */
export const regionsHalfWay: Design = {
  ...attributesFirst,
  variant: 'regions-half-way',
  summary: 'Converts region by region, and answers with an error where one fails; those before it stay converted.',
  source: 'region-by-region in a VMM that answers, as OpenVMM does (pull request 3970)',
  scope: { regionPages: 1 },
  drivers: [iommufd],
  toPrivate: [
    acquire('vm'),
    { each: eachRegion(chunk), body: [{ call: 'set-private', on: run }, ...unmapRegion] },
    release('vm'),
  ],
  toShared: [
    acquire('vm'),
    { each: eachRegion(chunk), body: [{ call: 'set-shared', on: run }, ...mapRegion] },
    release('vm'),
  ],
}

/** The same, and what was converted goes back. */
export const regionsUndone: Design = {
  ...regionsHalfWay,
  variant: 'regions-undone',
  summary: 'Converts region by region; where one fails, those before it go back.',
  source: 'the undo that regions-half-way lacks',
  undoPrivate: attributesFirstUndone.undoPrivate ?? [],
  undoShared: attributesFirstUndone.undoShared ?? [],
}

/** ENOENT says that nothing was mapped, and also that the range cuts an area, which then stays. */
export const enoentIsDone: Design = {
  ...onDemand4k,
  variant: 'enoent-is-done',
  summary: 'Maps the superpage at start, unmaps by page, and takes ENOENT for done.',
  source: 'QEMU 06b40d250ecf backends/iommufd.c, iommufd_backend_unmap_dma()',
  drivers: [iommufd],
  boot: [{ each: eachSharedUnmappedRun(allPages), body: [{ call: 'map', on: run }] }],
  toPrivate: toPrivateBy([
    { each: eachMappedPage(chunk), body: [{ call: 'unmap', on: page, fail: { ignore: ['ENOENT'] } }] },
  ]),
}

/** What a wait that ended early did not drop leads to a page that is another's by then. */
export const flushErrorsIgnored: Design = {
  ...onDemand4k,
  variant: 'flush-errors-ignored',
  summary: 'Maps on demand, over an IOMMU driver that takes every end of its wait for an invalidation for success.',
  source: 'ACRN d61d98cf800e hypervisor/arch/x86/vtd.c, dmar_issue_qi_request(): prints "Timeout", and returns',
  scope: { queueErrors: 1 },
  drivers: [type1v2FlushIgnored],
}

export const flushByOneWord: Design = {
  ...flushErrorsIgnored,
  variant: 'flush-by-one-word',
  summary: 'Queues invalidations again after an error, and knows by one status word a unit when they are done.',
  source: 'flush-repeated with the status word of ACRN, which its batches have in one place',
  drivers: [type1v2FlushByWord],
}

export const flushRepeated: Design = {
  ...flushErrorsIgnored,
  variant: 'flush-repeated',
  summary: 'Queues invalidations again after any error until they are done, each batch with a status word of its own.',
  source: 'Linux 7.2 drivers/iommu/intel/dmar.c, qi_submit_sync(), if it restarted after EINVAL as after EAGAIN',
  drivers: [type1v2FlushRepeated],
}
