import type { Design } from './design.js'
import { iommufdReplace, iommufdReplaceByWords, iommufdReplaceWithoutFlush } from './drivers/iommufd-replace.js'
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
