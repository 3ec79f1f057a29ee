import type { Machine } from '../../machine/machine.js'
import { Attr, Owner, Sept, type State } from '../../machine/state.js'
import { type Gfn, iovfnOf } from '../../machine/units.js'
import { touchFrame } from '../../memory/frame-allocator.js'
import { regionFirst, regionOf } from '../../memory/page-table.js'
import { backPrivately, isPrivateFrameTaken } from '../../memory/private-frames.js'
import { beingInvalidated, isBlocked } from '../../memory/tlb-tracking.js'

// How a frame of an SNP guest gets its owner in the RMP, and its place in the nested page table.

/** Index of the superpage that a page is in. */
export const rmpRegion = (m: Machine, gfn: Gfn): number => regionOf(m, iovfnOf(gfn))
/** The first page of the superpage that a page is in. */
export const rmpFirst = (m: Machine, gfn: Gfn): number => regionFirst(m, iovfnOf(gfn))

/** Whether one 2 MiB entry of the RMP covers the page. */
export const isLarge = (m: Machine, s: State, gfn: Gfn): boolean =>
  s.rmpLarge.length > 0 && s.rmpLarge[rmpRegion(m, gfn)] === 1

/** A fault has looked the page up: its frame is assigned, with those of its superpage where that gets one entry. */
export function assign(m: Machine, s: State, gfn: Gfn): void {
  if (s.sept[gfn] !== Sept.Free) return
  if (s.rmpLarge.length === 0 || !fitsLarge(m, s, gfn)) {
    assignPage(m, s, gfn)
    return
  }
  const first = rmpFirst(m, gfn)
  for (let page = first; page < first + m.perSuper; page += 1) assignPage(m, s, page)
  s.rmpLarge[rmpRegion(m, gfn)] = 1
}

function assignPage(m: Machine, s: State, gfn: Gfn): void {
  const frame = m.inPlace ? gfn : backPrivately(m, s, gfn) - 1
  if (frame < 0) return
  s.owner[frame] = Owner.Td
  s.sept[gfn] = Sept.PendingBlocked
  touchFrame(m, frame)
  m.touched.page(gfn)
}

/**
 * Whether all pages of a superpage are private, and of frames that lie in a row, none of which is assigned; and KVM
 * changes the attribute of none of them.
 */
function fitsLarge(m: Machine, s: State, gfn: Gfn): boolean {
  const first = rmpFirst(m, gfn)
  for (let page = first; page < first + m.perSuper; page += 1) {
    if (s.attr[page] !== Attr.Private || s.sept[page] !== Sept.Free || isPrivateFrameTaken(m, s, page)) return false
    if (beingInvalidated(m, s, page)) return false
  }
  return m.scope.frames !== 'pool'
}

/** The fault maps a page whose frame is assigned. If it was shared meanwhile, the guest has to validate it again. */
export function installAssigned(m: Machine, s: State, gfn: Gfn): void {
  if (!isBlocked(s.sept[gfn])) return
  s.sept[gfn] = Sept.Pending
  m.touched.page(gfn)
}
