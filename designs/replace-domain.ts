import type { Design } from './design.js'
import { iommufdReplace } from './drivers/iommufd-replace.js'
import { onDemand4k } from './on-demand-4k.js'

/** No page of the mapping is ever missing, if the switch itself has no gap; the price is a second set of tables. */
export const replaceDomain: Design = {
  ...onDemand4k,
  name: 'replace-domain',
  summary: 'Builds a second domain with the wanted mapping and switches the devices at once.',
  source: 'iommufd hwpt replace, Linux 7.2 drivers/iommu/iommufd/device.c',
  drivers: [iommufdReplace],
}
