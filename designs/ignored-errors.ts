import type { Design } from './design.js'
import { iommufd } from './drivers/iommufd.js'
import { attributesFirstUndone, onDemand4k } from './on-demand-4k.js'
import { toPrivateBy } from './vocabulary/conversions.js'
import { eachMappedPage, eachSharedUnmappedRun, eachUnmappedPage } from './vocabulary/loops.js'
import { allPages, chunk, page, run } from './vocabulary/ranges.js'
import { acquire, release } from './vocabulary/steps.js'

// Designs that are right but for one thing: they take a call that failed for one that is done.

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
