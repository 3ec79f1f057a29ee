import { Owner } from '../../model/machine/values.js'
import { leafFrame } from '../../model/memory/page-table.js'
import type { StateHistory } from './memory.js'
import type { Shape } from './shape.js'

/** A page of a state, of which cells are asked. */
export interface StatePage {
  readonly memory: StateHistory
  readonly shape: Shape
  readonly page: number
  /** How many pages from this one on are alike. */
  readonly count: number
}

/** `f1`, or `f1…` of the first of several pages. */
export const frameName = (frame: number, { count }: Pick<StatePage, 'count'>): string =>
  `f${frame}${count > 1 ? '…' : ''}`

/** Whether a device may come to a frame at a page: the host's, and that which backs the page. */
export function mayReach({ memory, page }: StatePage, leaf: number): boolean {
  const found = leafFrame(leaf)
  return memory.at('owner', found) === Owner.Host && memory.at('sharedFrame', page) === found + 1
}
