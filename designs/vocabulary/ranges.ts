import { movingSlot } from '../../model/actions/host/slots.js'
import { reg } from '../../model/machine/registers.js'
import type { Range } from '../../model/plan/plan.js'

/** The pages that the guest asked for, up to a superpage at a time. */
export const chunk: Range = {
  name: 'chunk',
  span: 'chunk',
  needs: 'chunk',
  first: reg('chunkFirst'),
  end: reg('chunkEnd'),
}
/** The page at which a loop of the design stands. */
export const page: Range = {
  name: 'page',
  span: 'page',
  needs: 'page',
  first: reg('page'),
  end: (m, s, v) => reg('page')(m, s, v) + 1,
}
/** A run of pages that a loop of the design has found. */
export const run: Range = { name: 'run', span: 'run', needs: 'run', first: reg('runFirst'), end: reg('runEnd') }
/** Hull of the mappings that meet the chunk. */
export const hull: Range = { name: 'hull', span: 'hull', needs: 'hull', first: reg('hullFirst'), end: reg('hullEnd') }
export const leftOfChunk: Range = {
  name: 'left of chunk',
  span: 'hull',
  needs: 'hull',
  first: reg('hullFirst'),
  end: reg('chunkFirst'),
}
export const rightOfChunk: Range = {
  name: 'right of chunk',
  span: 'hull',
  needs: 'hull',
  first: reg('chunkEnd'),
  end: reg('hullEnd'),
}
export const allPages: Range = { name: 'all pages', span: 'all', first: () => 0, end: (m) => m.pages }
/** The memory slot that goes or comes. */
export const slot: Range = {
  name: 'slot',
  span: 'superpage',
  needs: 'slot',
  first: (m, s) => movingSlot(s) * m.perSuper,
  end: (m, s) => (movingSlot(s) + 1) * m.perSuper,
}
/** The range that a call was given. */
export const given: Range = { name: 'call', span: 'call', needs: 'call', first: reg('callFirst'), end: reg('callEnd') }
/** The one mapping of that range at work. */
export const area: Range = {
  name: 'area',
  span: 'mapping',
  needs: 'call',
  first: reg('areaFirst'),
  end: reg('areaEnd'),
}
/** The page at which a loop of the driver, or of KVM, stands. */
export const pageAtCursor: Range = {
  name: 'page at cursor',
  span: 'page',
  first: reg('cursor'),
  end: (m, s, v) => reg('cursor')(m, s, v) + 1,
}
/** The superpage at which a loop of the driver stands. */
export const superpageAtCursor: Range = {
  name: 'superpage at cursor',
  span: 'superpage',
  first: reg('cursor'),
  end: (m, s, v) => reg('cursor')(m, s, v) + m.perSuper,
}
/** The superpages that the call's range meets. */
export const coveringSuperpages: Range = {
  name: 'covering superpages',
  span: 'superpage',
  needs: 'call',
  first: (m, s, v) => Math.floor(reg('callFirst')(m, s, v) / m.perSuper) * m.perSuper,
  end: (m, s, v) => Math.ceil(reg('callEnd')(m, s, v) / m.perSuper) * m.perSuper,
}
