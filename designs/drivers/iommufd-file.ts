import type { Driver } from '../design.js'
import { accountPins, pinFilePage } from '../vocabulary/steps.js'
import { mapCall } from './container.js'
import { attachFilling } from './devices.js'
import { iommufd } from './iommufd.js'

/**
 * iommufd, mapping by file descriptor and offset.
 *
 * @example
 * const mine: Design = { ...design, drivers: [iommufdFile] }
 */
export const iommufdFile: Driver = {
  ...iommufd,
  name: 'iommufd-file',
  summary: "iommufd's own calls, which map by file descriptor and offset.",
  map: mapCall('iommufd.map', pinFilePage, { after: [accountPins] }),
  attach: attachFilling(pinFilePage, [accountPins]),
  byFile: true,
}
