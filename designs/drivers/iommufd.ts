import { vtdLazyMode } from '../../spec/index.js'
import type { Driver } from '../design.js'
import { area, given } from '../vocabulary/ranges.js'
import { accountPins, checkUnmap, isolateArea, pinForIommufd } from '../vocabulary/steps.js'
import { mapCall, pinned, removeArea, removeAreaLazily, unmapCall } from './container.js'
import { attachFilling, detachEmptying } from './devices.js'

const check = checkUnmap('iommufd.unmap', given)

/** iommufd's own ioctls, mapping by address. */
export const iommufd: Driver = {
  name: 'iommufd',
  books: 'iommufd',
  memlock: 'user',
  ...pinned,
  map: mapCall('iommufd.map', pinForIommufd, { after: [accountPins] }),
  unmap: unmapCall(check, [isolateArea(area), ...removeArea]),
  attach: attachFilling(pinForIommufd, [accountPins]),
  detach: detachEmptying,
}

/** The same with the IOMMU driver in lazy mode: a timer flushes after the unmap has returned. */
export const iommufdLazy: Driver = {
  ...iommufd,
  name: 'iommufd-lazy',
  unmap: unmapCall(check, [isolateArea(area), ...removeAreaLazily]),
  endsEarly: vtdLazyMode,
}
