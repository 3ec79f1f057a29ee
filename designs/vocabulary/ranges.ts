import { movingSlot } from '../../model/actions/host/slots.js'
import { reg } from '../../model/machine/registers.js'
import type { Range } from '../../model/plan/plan.js'

/**
 * The pages of the request that are converted now: up to the end of a superpage, or all (`wholeRequests`).
 *
 * @example
 * { call: 'set-private', on: ranges.chunk }
 */
export const chunk: Range = {
  name: 'chunk',
  span: 'chunk',
  needs: 'chunk',
  first: reg('chunkFirst'),
  end: reg('chunkEnd'),
}
/**
 * The page at which a loop over pages stands.
 *
 * @example
 * { each: loops.eachMappedPage(ranges.chunk), body: [{ call: 'unmap', on: ranges.page }] }
 */
export const page: Range = {
  name: 'page',
  span: 'page',
  needs: 'page',
  first: reg('page'),
  end: (m, s, v) => reg('page')(m, s, v) + 1,
}
/**
 * The run of pages at which a loop over runs stands.
 *
 * @example
 * { each: loops.eachSharedUnmappedRun(ranges.chunk), body: [{ call: 'map', on: ranges.run }] }
 */
export const run: Range = { name: 'run', span: 'run', needs: 'run', first: reg('runFirst'), end: reg('runEnd') }
/**
 * The smallest range that covers all mappings which meet the chunk; the note `steps.findHull` finds it.
 *
 * @example
 * [{ note: steps.findHull }, { call: 'unmap', on: ranges.hull }]
 */
export const hull: Range = { name: 'hull', span: 'hull', needs: 'hull', first: reg('hullFirst'), end: reg('hullEnd') }
/**
 * What the hull has left of the chunk; the note `steps.findHull` finds it.
 *
 * @example
 * [{ note: steps.findHull }, { call: 'unmap', on: ranges.hull }, { call: 'map', on: ranges.leftOfChunk }]
 */
export const leftOfChunk: Range = {
  name: 'left of chunk',
  span: 'hull',
  needs: 'hull',
  first: reg('hullFirst'),
  end: reg('chunkFirst'),
}
/**
 * What the hull has right of the chunk; the note `steps.findHull` finds it.
 *
 * @example
 * [{ note: steps.findHull }, { call: 'unmap', on: ranges.hull }, { call: 'map', on: ranges.rightOfChunk }]
 */
export const rightOfChunk: Range = {
  name: 'right of chunk',
  span: 'hull',
  needs: 'hull',
  first: reg('chunkEnd'),
  end: reg('hullEnd'),
}
/**
 * All pages of the guest.
 *
 * @example
 * { call: 'map', on: ranges.allPages }
 */
export const allPages: Range = { name: 'all pages', span: 'all', first: () => 0, end: (m) => m.pages }
/**
 * The memory slot that goes or comes; only in the plans of a slot.
 *
 * @example
 * { call: 'delete-slot', on: ranges.slot }
 */
export const slot: Range = {
  name: 'slot',
  span: 'superpage',
  needs: 'slot',
  first: (m, s) => movingSlot(s) * m.perSuper,
  end: (m, s) => (movingSlot(s) + 1) * m.perSuper,
}
/**
 * The range that a call was given; only in the steps of a driver or of KVM.
 *
 * @example
 * steps.addMapping('vfio.map-dma', ranges.given)
 */
export const given: Range = { name: 'call', span: 'call', needs: 'call', first: reg('callFirst'), end: reg('callEnd') }
/**
 * The one mapping of that range at which `loops.eachArea` stands, or which `steps.noteArea` has noted.
 *
 * @example
 * { each: loops.eachArea, body: [steps.removeMapping(ranges.area)] }
 */
export const area: Range = {
  name: 'area',
  span: 'mapping',
  needs: 'call',
  first: reg('areaFirst'),
  end: reg('areaEnd'),
}
/**
 * The page at which a loop of the driver, or of KVM, stands.
 *
 * @example
 * steps.zapShared(ranges.pageAtCursor)
 */
export const pageAtCursor: Range = {
  name: 'page at cursor',
  span: 'page',
  first: reg('cursor'),
  end: (m, s, v) => reg('cursor')(m, s, v) + 1,
}
/**
 * The superpage at which a loop of the driver stands.
 *
 * @example
 * { each: loops.eachCutSuperpage(ranges.given), body: [steps.splitArea(ranges.superpageAtCursor)] }
 */
export const superpageAtCursor: Range = {
  name: 'superpage at cursor',
  span: 'superpage',
  first: reg('cursor'),
  end: (m, s, v) => reg('cursor')(m, s, v) + m.perSuper,
}
/**
 * The superpages that the call's range meets.
 *
 * @example
 * steps.submitPsiWithoutHint(ranges.coveringSuperpages)
 */
export const coveringSuperpages: Range = {
  name: 'covering superpages',
  span: 'superpage',
  needs: 'call',
  first: (m, s, v) => Math.floor(reg('callFirst')(m, s, v) / m.perSuper) * m.perSuper,
  end: (m, s, v) => Math.ceil(reg('callEnd')(m, s, v) / m.perSuper) * m.perSuper,
}
