import { reg } from '../../../model/machine/registers.js'
import type { Range, Step } from '../../../model/plan/plan.js'
import { act, cursor, type On, over } from './make.js'

// Accounts, checks and pins of the mapping interfaces.

/**
 * Rows that enter a mapping.
 *
 * @example
 * steps.addMapping('iommufd.map', ranges.given)
 */
export type MapRow = 'vfio.map-dma' | 'iommufd.map' | 'compat.map'

/**
 * Checks the range of a map as an interface does, and enters the mapping in its account.
 *
 * @example
 * steps.addMapping('vfio.map-dma', ranges.given)
 */
export const addMapping = (row: MapRow, range: Range): Step => over(row, range)
/**
 * Looks at the permissions of a map, as the IOMMU driver does below the type1 interface of iommufd.
 *
 * @example
 * steps.checkRights(ranges.given)
 */
export const checkRights = (range: Range): Step => over('compat.check-rights', range)
/**
 * Checks the range of an unmap as an interface does.
 *
 * @example
 * steps.checkUnmap('iommufd.unmap', ranges.given)
 */
export const checkUnmap = (
  row: 'vfio.unmap-dma' | 'vfio.unmap-dma-v1' | 'iommufd.unmap' | 'compat.unmap',
  range: Range,
): Step => over(row, range)
/**
 * Takes an area out of iommufd's tree, unless the range of the call cuts it.
 *
 * @example
 * { each: loops.eachArea, body: [steps.isolateArea(ranges.area)] }
 */
export const isolateArea = (range: Range): Step => over('iommufd.isolate-area', range)
/**
 * Takes a mapping out of the account.
 *
 * @example
 * steps.removeMapping(ranges.area)
 */
export const removeMapping = (range: Range): Step => over('container.remove-mapping', range)
/**
 * Turns the mapping over a superpage into mappings of one page.
 *
 * @example
 * steps.splitArea(ranges.superpageAtCursor)
 */
export const splitArea = (range: Range): Step => over('area.split', range)
/**
 * Turns the mappings inside of a superpage into one.
 *
 * @example
 * steps.joinAreas(ranges.coveringSuperpages)
 */
export const joinAreas = (range: Range): Step => over('area.join', range)
/**
 * Pins the page at the cursor by its host virtual address.
 *
 * @example
 * { each: loops.eachPageIn(ranges.given), body: [steps.pinPage] }
 */
export const pinPage = act('mm.pin-page', [cursor])
/**
 * Counts the page of a device at the cursor as locked memory: as no kernel should.
 *
 * @example
 * { each: loops.eachDevicePage(ranges.given), body: [steps.countDevicePage] }
 */
export const countDevicePage = act('mm.count-device-page', [cursor])
/**
 * Pins the page at the cursor as iommufd does, which counts it later: `accountPins`.
 *
 * @example
 * { each: loops.eachPageIn(ranges.given), body: [steps.pinForIommufd] }
 */
export const pinForIommufd = act('iommufd.pin-page', [cursor])
/**
 * Counts what iommufd has pinned as locked memory, within the limit.
 *
 * @example
 * [...pins, steps.accountPins]
 */
export const accountPins = act('iommufd.account', [])
/**
 * Pins the page at the cursor by file descriptor and offset.
 *
 * @example
 * { each: loops.eachPageIn(ranges.given), body: [steps.pinFilePage] }
 */
export const pinFilePage = act('mm.pin-file-page', [cursor])
/**
 * Lets go of the pinned page at the cursor.
 *
 * @example
 * { each: loops.eachPinnedPage(ranges.area), body: [steps.unpinPage] }
 */
export const unpinPage = act('mm.unpin-page', [cursor])
/**
 * Lets go of the pinned page at the cursor, and takes it from the account of the process that calls: as no kernel
 * should.
 *
 * @example
 * { each: loops.eachPinnedPage(ranges.area), body: [steps.unpinFromCaller] }
 */
export const unpinFromCaller = act('mm.unpin-page-of-caller', [cursor])
/**
 * Lets go of the page at the cursor for all who have it pinned: as no kernel should.
 *
 * @example
 * { each: loops.eachPinnedPage(ranges.area), body: [steps.dropPins] }
 */
export const dropPins = act('mm.drop-pins', [cursor])

/** Where the VMM has a second container. */
const hasSecond: On = ({ scope }) => scope.secondContainer
/**
 * Maps the page of a loop of the design in the VMM's second container.
 *
 * @example
 * { each: loops.eachPageIn(ranges.chunk), body: [steps.mapInSecond] }
 */
export const mapInSecond = act('container.map-second', [reg('page')], { on: hasSecond })
/**
 * Unmaps the page of a loop of the design in the VMM's second container.
 *
 * @example
 * { each: loops.eachPageIn(ranges.chunk), body: [steps.unmapInSecond] }
 */
export const unmapInSecond = act('container.unmap-second', [reg('page')], { on: hasSecond })
