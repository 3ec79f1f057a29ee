import type { Call, Step } from '../../model/plan/plan.js'
import { vtdLazyMode } from '../../spec/index.js'
import type { Driver } from '../design.js'
import { isNotEmpty } from '../vocabulary/conditions.js'
import { eachPageIn } from '../vocabulary/loops.js'
import { area, given } from '../vocabulary/ranges.js'
import {
  accountPins,
  acquire,
  acquireWrite,
  addMapping,
  checkUnmap,
  exchangeEntry,
  isolateArea,
  noteArea,
  pinForIommufd,
  release,
  storeEntry,
} from '../vocabulary/steps.js'
import { mapCall, pinned, removeArea, removeAreaLazily, rollBack, unmapCall } from './container.js'
import { attachFilling, detachAloneEmptying, detachEmptying } from './devices.js'
import { writeBeside } from './vtd.js'

const check = checkUnmap('iommufd.unmap', given)

/**
 * iommufd's own ioctls, mapping by address.
 *
 * @example
 * const mine: Design = { ...design, drivers: [iommufd] }
 */
export const iommufd: Driver = {
  name: 'iommufd',
  summary: "iommufd's own calls, which map by host virtual address; an area stays when the last device goes.",
  accounting: 'iommufd',
  memlock: 'user',
  ...pinned,
  map: mapCall('iommufd.map', pinForIommufd, { after: [accountPins] }),
  unmap: unmapCall(check, [isolateArea(area), ...removeArea]),
  attach: attachFilling(pinForIommufd, [accountPins]),
  detach: detachEmptying,
}

/**
 * The same with the IOMMU driver in lazy mode: a timer flushes after the unmap has returned.
 *
 * @example
 * const mine: Design = { ...design, drivers: [iommufdLazy] }
 */
export const iommufdLazy: Driver = {
  ...iommufd,
  name: 'iommufd-lazy',
  summary: 'iommufd with the IOMMU driver in lazy mode: a timer flushes after the unmap has returned.',
  unmap: unmapCall(check, [isolateArea(area), ...removeAreaLazily]),
  endsEarly: vtdLazyMode,
}

/** Maps of other areas write at the same time: the lock covers the accounting alone. */
const mapBeside = (putIn: Step): Call => ({
  body: [
    acquire('container'),
    addMapping('iommufd.map', given),
    { note: noteArea },
    release('container'),
    { each: eachPageIn(given), body: [pinForIommufd] },
    ...writeBeside(given, putIn),
    accountPins,
  ],
  undo: [{ when: isNotEmpty(area), body: [acquire('container'), ...rollBack, release('container')] }],
})

/** iommufd as Linux has it: maps write at once, and what changes the domains waits for them. */
export const iommufdBeside: Driver = {
  ...iommufd,
  name: 'iommufd-maps-at-once',
  summary: 'iommufd whose maps of several areas write to the tables at once, as Linux has it.',
  map: mapBeside(exchangeEntry),
  attach: attachFilling(pinForIommufd, [accountPins], acquireWrite('container')),
  detach: detachAloneEmptying,
}
/** The same over an IOMMU driver that puts its table in whatever is there. */
export const iommufdTableLost: Driver = {
  ...iommufdBeside,
  name: 'iommufd-table-stored',
  summary: 'iommufd whose maps write at once, over an IOMMU driver that puts its table in whatever is there.',
  map: mapBeside(storeEntry),
}
