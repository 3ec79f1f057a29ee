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
import { takeOut } from '../mm/backing.js'
import { twoBackings } from '../needs.js'
import { page, vcpu } from '../parameters.js'
import { planRow } from '../row.js'

/** The shared backing. */
export const hostMemoryRows = {
  'shmem.punch-hole': planRow({
    says: 'Discards one page of the shared backing: freed, or orphaned if something pins it.',
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
    apply: (m, s, a) => takeOut(m, s, a[2]),
  }),
}
