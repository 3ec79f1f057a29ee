import type { Design } from './design.js'
import { hitlessCoalesceDriver, hitlessCutDriver, hitlessCutPageFlushDriver } from './drivers/hitless-cut.js'
import { onDemand4k } from './on-demand-4k.js'
import { someMapped } from './vocabulary/conditions.js'
import { toPrivateBy } from './vocabulary/conversions.js'
import { eachSharedUnmappedRun } from './vocabulary/loops.js'
import { allPages, chunk, run } from './vocabulary/ranges.js'

/** Superpages until they must be cut, and no moment without a translation. */
export const hitlessCut: Design = {
  ...onDemand4k,
  name: 'hitless-cut',

  summary: 'Fills a table, replaces the superpage entry by one store, then clears one entry and flushes the superpage.',
  source: 'Xen xen/drivers/passthrough/vtd/iommu.c, addr_to_dma_page_maddr(); "cut" of the generic page table series',
  drivers: [hitlessCutDriver],
  boot: [{ each: eachSharedUnmappedRun(allPages, 'superpage'), body: [{ call: 'map', on: run }] }],
  toPrivate: toPrivateBy([{ when: someMapped(chunk), body: [{ call: 'unmap', on: chunk }] }]),
}

/** The same with the flush that looks sufficient: only the page that went. */
export const hitlessCutPageFlush: Design = {
  ...hitlessCut,
  variant: 'page-flush',
  summary: 'Cuts like the other variant, but flushes only the 4 KiB page that went.',
  drivers: [hitlessCutPageFlushDriver],
}

/** The way back to a superpage. */
export const hitlessCoalesce: Design = {
  ...hitlessCut,
  name: 'hitless-coalesce',
  summary: 'Cuts hitlessly, and puts a superpage back over a table that is one run of frames again.',
  source: 'Xen xen/drivers/passthrough/vtd/iommu.c, intel_iommu_map_page(), pt_update_contig_markers()',
  drivers: [hitlessCoalesceDriver],
}
