import {
  discardUnseenByDevice,
  dontneedOrphansPinned,
  kvmFreeAfterFlush,
  munmapUnseenByDevice,
  notifierBeforeFree,
  punchFreesUnpinned,
  punchOrphansPinned,
  punchRefused,
} from '../../../spec/index.js'
import { Failure } from '../../machine/action.js'
import { Errno } from '../../machine/errno.js'
import { freeFrame } from '../mm/frame-allocator.js'
import { twoBackings } from '../needs.js'
import { page, vcpu } from '../parameters.js'
import { planRow } from '../row.js'
import { notifyShared } from '../tdx/tlb-tracking.js'

/** The shared backing. */
export const hostMemoryRows = {
  /** Discards one page of the shared backing: freed, or orphaned if something pins it. */
  'shmem.punch-hole': planRow({
    params: { vcpu, gfn: page },
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [
      punchFreesUnpinned,
      punchOrphansPinned,
      dontneedOrphansPinned,
      discardUnseenByDevice,
      notifierBeforeFree,
      kvmFreeAfterFlush,
      munmapUnseenByDevice,
    ],
    needs: twoBackings,
    mayFail: { what: Failure.Discard, rule: punchRefused, errno: Errno.EPERM },
    apply: (m, s, a) => {
      const gfn = a[2]
      m.touched.page(gfn)
      const frame = s.sharedFrame[gfn] - 1
      if (s.hva.length > 0) s.hva[gfn] = 0
      if (frame < 0) return
      notifyShared(m, s, gfn)
      s.sharedFrame[gfn] = 0
      if (s.pins[frame] > 0) s.orphans[gfn] += 1
      else freeFrame(m, s, frame)
    },
  }),
}
