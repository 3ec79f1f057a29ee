import type { Machine } from '../../machine/machine.js'
import type { State } from '../../machine/state.js'
import type { Frame } from '../../machine/units.js'
import { isUnderWay } from '../../memory/owner-check.js'
import { leafAt, leafFrame } from '../../memory/page-table.js'
import { keyIsLarge } from '../../memory/tlb.js'

/** Whether an entry of the tables that the hypervisor writes for the host leads to the frame. */
function isMapped(m: Machine, s: State, frame: Frame): boolean {
  for (let domain = 0; domain < m.domains; domain += 1) {
    for (let iovfn = 0; iovfn < m.pages; iovfn += 1) {
      const leaf = leafAt(m, s, domain, iovfn)
      if (leaf !== 0 && leafFrame(leaf) === frame) return true
    }
  }
  return false
}

/** Whether an SMMU may use an entry that led there: its invalidation is still to come. */
function isCached(m: Machine, s: State, frame: Frame): boolean {
  return s.iotlbKey.some((key, slot) => {
    const leaf = s.iotlbLeaf[slot]
    if (key === 0 || leaf === 0) return false
    const behind = frame - leafFrame(leaf)
    return behind >= 0 && behind < (keyIsLarge(key) ? m.perSuper : 1)
  })
}

/**
 * Whether the hypervisor counts a DMA mapping of the frame, and so lets it keep its owner. It counts from the map on,
 * and until the invalidation behind the unmap is over, with the DMA that was translated before it. In the model an SMMU
 * that forgets an entry by itself ends the count: early, and no access can come of it.
 */
export const isCounted = (m: Machine, s: State, frame: Frame): boolean =>
  m.platform.identityMap === 'counted' && (isMapped(m, s, frame) || isCached(m, s, frame) || isUnderWay(m, s, frame))
