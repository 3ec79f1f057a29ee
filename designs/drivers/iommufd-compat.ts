import type { Driver } from '../design.js'
import { area, given } from '../vocabulary/ranges.js'
import { accountPins, checkRights, checkUnmap, isolateArea, pinForIommufd } from '../vocabulary/steps.js'
import { mapCall, pinned, removeArea, unmapCall } from './container.js'
import { attachFilling, detachEmptying } from './devices.js'

/**
 * iommufd behind the VFIO ioctls: an unmap of nothing succeeds, one that cuts a mapping fails with ENOENT and not
 * EINVAL, and a map checks the rights last.
 *
 * @example
 * const mine: Design = { ...design, drivers: [iommufdCompat] }
 */
export const iommufdCompat: Driver = {
  name: 'compat',
  summary: 'The VFIO type1 calls as iommufd emulates them.',
  accounting: 'iommufd',
  ...pinned,
  map: mapCall('compat.map', pinForIommufd, { before: [checkRights(given)], after: [accountPins] }),
  unmap: unmapCall(checkUnmap('compat.unmap', given), [isolateArea(area), ...removeArea]),
  attach: attachFilling(pinForIommufd, [accountPins]),
  detach: detachEmptying,
}
