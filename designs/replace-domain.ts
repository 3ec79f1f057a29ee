import type { Design } from './design.js'
import {
  iommufdReplace,
  iommufdReplaceAtsAfter,
  iommufdReplaceAtsBefore,
  iommufdReplaceByWords,
  iommufdReplaceFlushedByPage,
  iommufdReplaceWithoutFlush,
} from './drivers/iommufd-replace.js'
import { onDemand4k } from './on-demand-4k.js'

/** No page of the mapping is ever missing, if the switch itself has no gap; the price is a second set of tables. */
export const replaceDomain: Design = {
  ...onDemand4k,
  name: 'replace-domain',
  summary: 'Builds a second domain with the wanted mapping and switches the devices at once.',
  source: 'iommufd hwpt replace, Linux 7.2 drivers/iommu/iommufd/device.c',
  drivers: [iommufdReplace],
}

/** The unit is not told that a context entry changed. */
export const contextNotFlushed: Design = {
  ...replaceDomain,
  variant: 'context-not-flushed',
  summary: 'Switches the devices, and leaves what units have cached of their context entries.',
  source: 'VT-d context command without its invalidation; seen with parts contextCache',
  drivers: [iommufdReplaceWithoutFlush],
}

/** An entry that is present is rewritten one word after the other. */
export const contextByWords: Design = {
  ...replaceDomain,
  variant: 'context-by-words',
  summary: 'Rewrites the two words of a present context entry one after the other.',
  source: 'Linux commit 7543ee63e811, undone by message 20260120061816.2132558-4; seen with parts contextCache',
  drivers: [iommufdReplaceByWords],
}

/** What is cached under an id that is free again is of use to the next domain with that id. */
export const idFlushedByPage: Design = {
  ...replaceDomain,
  variant: 'id-flushed-by-page',
  summary: "Switches the devices, and flushes of the old domain's id only the pages of the call.",
  source: 'Linux 7.2 intel_context_flush_no_pasid() with the flush of an unmap in the place of the whole domain',
  drivers: [iommufdReplaceFlushedByPage],
}

/** The order of Linux 6.12, which turns ATS on at each attach. */
export const atsAfterFlush: Design = {
  ...replaceDomain,
  variant: 'ats-after-flush',
  summary: 'Switches the devices, and turns their ATS on once nothing of their old context entries is cached.',
  source: 'Linux 6.12 drivers/iommu/intel/iommu.c, dmar_domain_attach_device()',
  scope: { lateAts: true },
  drivers: [iommufdReplaceAtsAfter],
}

export const atsBeforeFlush: Design = {
  ...atsAfterFlush,
  variant: 'ats-before-flush',
  summary: 'Turns ATS of the devices on, then switches them: one may ask by its old context entry.',
  source: 'Linux 6.12 dmar_domain_attach_device() with its two steps the other way round; seen with parts contextCache',
  drivers: [iommufdReplaceAtsBefore],
}
