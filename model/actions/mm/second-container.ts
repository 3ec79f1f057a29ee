import { pinHoldsFrame, typePinPerMapping } from '../../../spec/index.js'
import { gfnOf } from '../../machine/units.js'
import { allocateShared, freeIfOrphan } from '../../memory/frame-allocator.js'
import { views } from '../accessed.js'
import { secondContainer } from '../needs.js'
import { iovfn, vcpu } from '../parameters.js'
import { places } from '../places.js'
import { planRow } from '../row.js'

const arg = places('vcpu', 'iovfn')

/** A second container of the same VMM. Its calls are one step each; its device reaches what it maps. */
export const secondContainerRows = {
  'container.map-second': planRow({
    says: "The VMM's second container maps a page, with a pin of its own.",
    params: [vcpu, iovfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [typePinPerMapping, pinHoldsFrame],
    reads: views('pins secondPin sharedFrame'),
    writes: views('pins secondPin'),
    needs: secondContainer,
    apply: (m, s, a) => {
      const gfn = gfnOf(a[arg.iovfn])
      if (s.secondPin[gfn] !== 0) return
      if (s.sharedFrame[gfn] === 0) s.sharedFrame[gfn] = allocateShared(m, s, gfn)
      if (s.sharedFrame[gfn] === 0) return
      s.secondPin[gfn] = s.sharedFrame[gfn]
      if (gfn < m.memoryPages) s.pins[s.secondPin[gfn] - 1] += 1
      m.touched.page(gfn)
    },
  }),
  'container.unmap-second': planRow({
    says: "The VMM's second container unmaps a page, and lets go of its own pin.",
    params: [vcpu, iovfn],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [typePinPerMapping],
    reads: views('pins secondPin sharedFrame orphans'),
    writes: views('pins secondPin orphans owner poison tag'),
    needs: secondContainer,
    apply: (m, s, a) => {
      const gfn = gfnOf(a[arg.iovfn])
      const frame = s.secondPin[gfn] - 1
      if (frame < 0) return
      s.secondPin[gfn] = 0
      if (s.pins[frame] > 0) s.pins[frame] -= 1
      m.touched.page(gfn)
      freeIfOrphan(m, s, gfn, frame)
    },
  }),
}
