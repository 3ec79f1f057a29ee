import type { Machine } from '../../machine/machine.js'
import { Attr, Granule, Ripas, Sept, type State } from '../../machine/state.js'
import { type Frame, type Gfn, iovfnOf } from '../../machine/units.js'
import { clearAdded, touchFrame } from '../../memory/frame-allocator.js'
import { regionFirst, regionOf } from '../../memory/page-table.js'
import { backPrivately, isPrivateFrameTaken } from '../../memory/private-frames.js'
import { delegate } from './granules.js'

// How a granule becomes data of a realm: in the second half of a fault KVM delegates it, and maps it in the RTT.

/**
 * Maps a page; with the others of its superpage, where that gets one block entry. The RIPAS stays as it was: what is
 * not RAM is mapped, and not usable.
 */
export function mapProtected(m: Machine, s: State, gfn: Gfn): void {
  if (s.sept[gfn] !== Sept.Free) return
  if (s.rttBlock.length === 0 || !fitsBlock(m, s, gfn)) {
    mapPage(m, s, gfn)
    return
  }
  const first = regionFirst(m, iovfnOf(gfn))
  for (let page = first; page < first + m.perSuper; page += 1) mapPage(m, s, page)
  s.rttBlock[regionOf(m, iovfnOf(gfn))] = 1
}

function mapPage(m: Machine, s: State, gfn: Gfn): void {
  const frame = m.inPlace ? gfn : backPrivately(m, s, gfn) - 1
  if (frame < 0 || s.granule[frame] !== Granule.NonSecure) return
  delegate(s, frame)
  mapData(m, s, gfn, frame)
}

/** An entry of the RTT leads to a granule that is delegated: the granule is cleared, and is data of the realm. */
export function mapData(m: Machine, s: State, gfn: Gfn, frame: Frame): void {
  s.granule[frame] = Granule.Data
  clearAdded(m, s, gfn, frame)
  s.sept[gfn] = s.ripas[gfn] === Ripas.Ram ? Sept.Mapped : Sept.Pending
  touchFrame(m, frame)
  m.touched.page(gfn)
}

/** Whether all pages of a superpage are private, have RIPAS RAM, and frames in a row that are not delegated. */
function fitsBlock(m: Machine, s: State, gfn: Gfn): boolean {
  const first = regionFirst(m, iovfnOf(gfn))
  for (let page = first; page < first + m.perSuper; page += 1) {
    if (s.attr[page] !== Attr.Private || s.sept[page] !== Sept.Free || s.ripas[page] !== Ripas.Ram) return false
    if (isPrivateFrameTaken(m, s, page)) return false
  }
  return m.scope.frames !== 'pool'
}
